from django.urls import path

from reentry_site.accounts import views

app_name = "accounts"
urlpatterns = [
    path("account/invited/<str:token>/", views.invited, name="invited"),
    path("account/again/<str:token>/", views.again, name="again"),
    path("account/second-step/app/picture/", views.picture, name="picture"),
    path("account/stay/", views.stay, name="stay"),
    path("account/left/", views.left, name="left"),
]
