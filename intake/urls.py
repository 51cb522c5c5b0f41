"""The client's addresses."""

from django.urls import path

from intake import views, yours

app_name = "intake"
urlpatterns = [
    path("callback/", views.ask, name="ask"),
    path("callback/received/<str:token>/", views.received, name="received"),
    path("callback/yours/", yours.yours, name="yours"),
    path("callback/yours/<str:code>/", yours.link, name="link"),
]
