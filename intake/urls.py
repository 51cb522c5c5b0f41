"""The client's addresses."""

from django.urls import path

from intake import views

app_name = "intake"
urlpatterns = [
    path("callback/", views.ask, name="ask"),
    path("callback/received/<str:token>/", views.received, name="received"),
    path("callback/yours/", views.yours, name="yours"),
]
