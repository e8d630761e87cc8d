"""Addresses of plans: one's own at /plan/, all others under /plans/."""

from django.urls import path

from upwell.interfaces.web.plans import actions, decisions, mine, proposing, views

urlpatterns = [
    path("plan/", mine.my_plan, name="my-plan"),
    path("plans/decisions/", decisions.decisions, name="decisions"),
    path("plans/propose/<uuid:uuid>/", proposing.propose, name="plan-propose"),
    path("plans/<uuid:uuid>/", views.plan, name="plan"),
    path("plans/<uuid:uuid>/agree/", views.agree, name="plan-agree"),
    path("plans/<uuid:uuid>/decline/", views.decline, name="plan-decline"),
    path("plans/<uuid:uuid>/add/", proposing.add, name="plan-add"),
    path("plans/actions/<uuid:uuid>/", actions.action, name="action"),
    path("plans/actions/<uuid:uuid>/accept/", actions.accept, name="action-accept"),
    path("plans/actions/<uuid:uuid>/swap/", actions.swap, name="action-swap"),
    path("plans/actions/<uuid:uuid>/decline/", actions.decline, name="action-decline"),
    path("plans/actions/<uuid:uuid>/done/", actions.done, name="action-done"),
    path("plans/actions/<uuid:uuid>/close/", actions.close, name="action-close"),
]
