"""Addresses under /goals/."""

from django.urls import path

from upwell.interfaces.web.goals import steps, views

urlpatterns = [
    path("", views.goals, name="goals"),
    path("new/", views.new, name="goal-new"),
    path("<uuid:uuid>/", views.goal, name="goal"),
    path("<uuid:uuid>/edit/", views.edit, name="goal-edit"),
    path("<uuid:uuid>/activate/", steps.activate, name="goal-activate"),
    path("<uuid:uuid>/milestones/", steps.milestone, name="goal-milestone"),
    path("<uuid:uuid>/milestones/<int:number>/done/", steps.milestone_done, name="goal-milestone-done"),
    path("<uuid:uuid>/progress/", steps.progress, name="goal-progress"),
    path("<uuid:uuid>/reach/", steps.reach, name="goal-reach"),
    path("<uuid:uuid>/drop/", steps.drop, name="goal-drop"),
    path("<uuid:uuid>/discard/", steps.discard, name="goal-discard"),
]
