"""Addresses under /style/."""

from django.urls import path

from upwell.interfaces.web.style import views

urlpatterns = [
    path("", views.style, name="style"),
    path("sign-in/", views.sign_in, name="style-sign-in"),
]
