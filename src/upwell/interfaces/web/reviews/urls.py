"""Addresses under /reviews/."""

from django.urls import path

from upwell.interfaces.web.reviews import consequences, views, writing

urlpatterns = [
    path("", views.reviews, name="reviews"),
    path("<uuid:uuid>/", views.review, name="review"),
    path("<uuid:uuid>/words/", writing.words, name="review-words"),
    path("<uuid:uuid>/submit/", writing.submit, name="review-submit"),
    path("<uuid:uuid>/close/", consequences.close, name="review-close"),
    path("<uuid:uuid>/<uuid:capability>/answer/", writing.answer, name="review-answer"),
    path("<uuid:uuid>/<uuid:capability>/need/", consequences.need, name="review-need"),
]
