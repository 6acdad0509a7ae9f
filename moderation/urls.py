from django.urls import path

from moderation.views import letters, pictures, protests, sign_ons

app_name = "moderation"
urlpatterns = [
    path("", protests.queue, name="queue"),
    path("<int:pk>/", protests.revision, name="revision"),
    path("<int:pk>/decide/", protests.decide, name="decide"),
    path("pictures/<uuid:key>/<int:width>.webp", pictures.picture, name="picture"),
    path("protests/", protests.protests, name="protests"),
    path("protests/<public_id:public_id>/", protests.protest, name="protest"),
    path("protests/<public_id:public_id>/decide/", protests.decide_on_protest, name="decide_on_protest"),
    path("sign-ons/", sign_ons.queue, name="sign_ons"),
    path("sign-ons/<int:pk>/", sign_ons.decide, name="decide_on_sign_on"),
    path("letters/", letters.index, name="letters"),
    path("letters/<int:pk>/", letters.thread, name="letter"),
]
