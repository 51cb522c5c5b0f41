from django.urls import path

from reentry_site.accounts import views

app_name = "accounts"
urlpatterns = [path("account/invited/<str:token>/", views.invited, name="invited")]
