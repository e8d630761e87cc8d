"""Routes of the learning-record door."""

from django.urls import path

from upwell.interfaces.xapi import views

app_name = "xapi"
urlpatterns = [
    path("about", views.about, name="about"),
    path("statements", views.statements, name="statements"),
]
