"""Addresses under /plan/."""

from django.urls import path

from upwell.interfaces.web.plans import actions, decisions, mine, proposing, views

urlpatterns = [
    path("", mine.my_plan, name="my-plan"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("propose/<uuid:uuid>/", proposing.propose, name="plan-propose"),
    path("<uuid:uuid>/", views.plan, name="plan"),
    path("<uuid:uuid>/agree/", views.agree, name="plan-agree"),
    path("<uuid:uuid>/decline/", views.decline, name="plan-decline"),
    path("<uuid:uuid>/add/", proposing.add, name="plan-add"),
    path("actions/<uuid:uuid>/", actions.action, name="action"),
    path("actions/<uuid:uuid>/accept/", actions.accept, name="action-accept"),
    path("actions/<uuid:uuid>/swap/", actions.swap, name="action-swap"),
    path("actions/<uuid:uuid>/decline/", actions.decline, name="action-decline"),
    path("actions/<uuid:uuid>/done/", actions.done, name="action-done"),
    path("actions/<uuid:uuid>/close/", actions.close, name="action-close"),
]
