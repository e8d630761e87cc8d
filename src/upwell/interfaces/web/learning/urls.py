"""Addresses under /learning/."""

from django.urls import path

from upwell.interfaces.web.learning import views

urlpatterns = [
    path("", views.catalogue, name="catalogue"),
    path("mine/", views.mine, name="my-learning"),
    path("mine/<uuid:uuid>/finish/", views.finish, name="learning-finish"),
    path("items/<uuid:uuid>/", views.item, name="learning-item"),
    path("items/<uuid:uuid>/enrol/", views.enrol, name="learning-enrol"),
]
