"""The questions about a picture. A chosen file is kept at once, so that it outlives a form that comes back: from then
on the form carries a signed name of it, which nobody else can have made."""

from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from events import images
from events.forms.fields import LineField
from events.forms.renewed import renewed
from events.models import Picture
from events.models.picture import Refusal

_signer = signing.Signer(salt="events.picture")


def signed(picture: Picture) -> str:
    """What a form carries of *picture*."""
    return _signer.sign(str(picture.key))


def signed_picture(text: str) -> Picture | None:
    """The picture that `signed` named; None if it is not there any more, or somebody made the name up."""
    try:
        return Picture.objects.filter(key=_signer.unsign(text)).first()
    except signing.BadSignature:
        return None


class PictureFileField(forms.FileField):
    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def to_python(self, data: "UploadedFile[Any] | None") -> bytes | None:  # type: ignore[override] # bytes
        """The file itself. Its name and what the browser says of it are of no use."""
        if data is None:
            return None
        content: bytes = data.read()
        try:
            images.check(content, data.size or 0)
        except images.Refused as refused:
            raise ValidationError(str(refused), code=refused.refusal) from refused
        return content

    def clean(self, data: Any, initial: Any = None) -> bytes | None:
        return self.to_python(data)


class PictureQuestions(forms.Form):
    picture_file = PictureFileField(
        label=_("Choose a picture"),
        required=False,
        help_text=_(
            "A JPEG, PNG or WebP file of at most 10 MB. Show no faces without asking: for people without papers it "
            "can be dangerous. Place, time and device that a camera writes into its files are removed."
        ),
    )
    picture_alt = LineField(
        label=_("What can be seen on the picture?"),
        required=False,
        max_length=300,
        help_text=_("Needed with a picture: one sentence for people who do not see it."),
    )
    picture_gone = forms.BooleanField(label=_("Remove the picture"), required=False)
    picture_name = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    @property
    def kept_picture(self) -> Picture | None:
        """The picture that this form carries, chosen now or before."""
        picture = signed_picture(str(self["picture_name"].value() or ""))
        return None if picture and picture.state == Picture.State.REFUSED else picture

    def clean_picture(self) -> None:
        """Settle which picture it is. Call it once the other fields are clean."""
        data = self.cleaned_data
        chosen, name = data.get("picture_file"), data.get("picture_name")
        data["picture"] = None
        if name and not (chosen or data.get("picture_gone")):
            data["picture"] = self._named(name)
        is_wanted = chosen or data["picture"] or "picture_file" in self.errors
        if not is_wanted:
            data["picture_alt"] = ""
        elif not data.get("picture_alt") and "picture_alt" not in self.errors:
            self.add_error("picture_alt", _("Say in one sentence what can be seen on the picture."))

    def _named(self, name: str) -> Picture | None:
        picture = signed_picture(name)
        if picture and picture.state != Picture.State.REFUSED:
            return picture
        # Sent again without a file, the form is about no picture.
        self._carry("")
        refusal = Refusal(picture.refusal) if picture else Refusal.LOST
        self.add_error("picture_file", str(refusal.label))
        return None

    def keep_picture(self, picture: Picture) -> None:
        """Carry on with the *picture* that was made of the chosen file."""
        self.cleaned_data["picture"] = picture
        self._carry(signed(picture))

    def _carry(self, name: str) -> None:
        sent = renewed(self, **{self.add_prefix("picture_name"): name})
        sent.pop(self.add_prefix("picture_gone"), None)
        self.data = sent


def picture_initial(picture: Picture | None, alt: str) -> dict[str, Any]:
    """What the form shows of the picture of a protest that is changed."""
    is_there = picture is not None and picture.state != Picture.State.REFUSED
    return {"picture_name": signed(picture) if picture and is_there else "", "picture_alt": alt}
