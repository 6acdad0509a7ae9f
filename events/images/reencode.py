"""A picture on stdin, made anew, on stdout: run by events/images/keeping.py as a process of its own.

Decoders are where hostile files do their harm, so this process knows nothing: no settings, no keys, no database. Its
memory and time are limited by the system, whatever a file claims to be. It prints a WebP file for each width, after a
line with its length; they hold the pixels and nothing else.
"""

import io
import resource
import sys

from PIL import ExifTags, Image, ImageCms

WIDTHS = (480, 960, 1600)
TALLEST = 2400
LONGEST = max(*WIDTHS, TALLEST)
MOST_PIXELS = 40_000_000
# Of addresses; of those, at most 300 MB are ever in use at once.
MEMORY = 320 * 1024 * 1024
SECONDS = 5
STRIP = 128
# What undoes each way of holding a camera, by the number that Exif gives it.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def limit() -> None:
    """From here on, no file is written, and too much memory or time ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def in_strips(picture: Image.Image, factor: int) -> Image.Image:
    """*picture* opaque and *factor* times smaller. Strip by strip: a copy of the whole would take too much memory."""
    height = STRIP * factor
    strips = [
        opaque(picture.crop((0, top, picture.width, min(top + height, picture.height)))).reduce(factor)
        for top in range(0, picture.height, height)
    ]
    whole = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    for n, strip in enumerate(strips):
        whole.paste(strip, (0, n * STRIP))
    return whole


def opaque(strip: Image.Image) -> Image.Image:
    """As RGB (or CMYK, which a colour profile may be about), on white where it is transparent."""
    if strip.mode.startswith("I"):
        # 16 bits of grey: Pillow would cut them off at 255 instead of scaling them.
        strip = strip.point(lambda value: value / 256).convert("L")
    if not strip.has_transparency_data:
        return strip if strip.mode == "CMYK" else strip.convert("RGB")
    strip = strip.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip).convert("RGB")


def in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Its colours as every screen reads them."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return converted or picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError):
            # A broken profile, or one of grey: the colours are shown as they stand.
            return picture.convert("RGB")
    return picture.convert("RGB")


def read(original: bytes) -> Image.Image:
    """The picture in sRGB, the right way up, no longer than LONGEST on any side."""
    picture = Image.open(io.BytesIO(original), formats=["JPEG", "PNG", "WEBP"])
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError("too many pixels")
    profile, turned = picture.info.get("icc_profile"), picture.getexif().get(ExifTags.Base.Orientation)
    picture.draft("RGB", (LONGEST, LONGEST))
    reduced = in_strips(picture, max(1, max(picture.size) // LONGEST))
    reduced.thumbnail((LONGEST, LONGEST))
    reduced = in_srgb(reduced, profile)
    return reduced.transpose(TURNS[turned]) if turned in TURNS else reduced


def bare(picture: Image.Image) -> Image.Image:
    """The pixels alone, in a new picture that has never seen the file."""
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    return clean


def main() -> None:
    original = sys.stdin.buffer.read()
    limit()
    picture = bare(read(original))
    picture.thumbnail((max(WIDTHS), TALLEST))
    for width in [*(width for width in WIDTHS if width < picture.width), picture.width]:
        height = max(1, round(picture.height * width / picture.width))
        scaled = picture if width == picture.width else picture.resize((width, height), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        scaled.save(file, "WEBP", quality=80, method=4)
        sys.stdout.buffer.write(b"%d\n" % file.tell() + file.getvalue())


if __name__ == "__main__":
    main()
