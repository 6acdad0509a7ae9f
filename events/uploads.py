"""Uploaded files stay in memory, and small: nothing that a visitor sends is ever written to a disk."""

import io
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from events.images.keeping import MOST_BYTES

# Up to here the rest of a file that is too large is read and dropped, so that its form can say so.
MOST_BODY_BYTES = 6 * MOST_BYTES


class CappedMemoryHandler(FileUploadHandler):
    """Keeps at most MOST_BYTES of a file. One that is larger arrives empty, with its real size."""

    def handle_raw_input(  # type: ignore[override] # of all it is given, the length alone matters
        self, _input_data: Any, _meta: Any, content_length: int, *_args: Any, **_kwargs: Any
    ) -> None:
        if content_length > MOST_BODY_BYTES:
            raise RequestDataTooBig("The body of this request is too large.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > MOST_BYTES:
            self.file = io.BytesIO()
        else:
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.file.seek(0)
        return InMemoryUploadedFile(
            self.file, self.field_name, self.file_name or "", self.content_type, file_size, self.charset
        )
