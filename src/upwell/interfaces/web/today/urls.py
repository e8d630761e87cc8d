"""The address of the first page."""

from django.urls import path

from upwell.interfaces.web.today import views

urlpatterns = [path("", views.today, name="today")]
