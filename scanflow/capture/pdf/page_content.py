"""What a PDF page paints, to tell plain scans (one image, nothing else visible) from other pages.

The content stream is interpreted as far as visibility needs it: matrices, rectangular clips, text mode,
forms. What is below an opaque image that fills the page is ignored, so text *under* a scan counts as
invisible, and so does a white background. A watermark that a website or program added to the scan and marked
as such (Acrobat's compound type, or a `/Watermark` artifact) isn't part of the paper: it is left out.
"""

import math
from dataclasses import dataclass, field, replace

from pikepdf import Array, Dictionary, Matrix, Name, Object, Page, PdfError, Stream, parse_content_stream
from pikepdf.models import PdfParsingError

FULL = 0.98  # an image that covers at least this share of the page fills it
MAX_OPERATORS = 200_000  # a page that paints more is a drawing
MAX_DEPTH = 8  # of forms within forms
MAX_TREE = 64  # levels of pages within pages; a circular tree ends here
MAX_CONTENT = 16 * 2**20  # bytes of content stream

Rectangle = tuple[float, float, float, float]  # left, bottom, right, top in page space

_SHOW_TEXT = frozenset(("Tj", "TJ", "'", '"'))
_PAINT = frozenset(("S", "s", "f", "F", "f*", "B", "B*", "b", "b*"))
_PATH = frozenset(("m", "l", "c", "v", "y", "h"))
_GREY_BLACK = {"g": (0,), "rg": (0, 0, 0), "k": (0, 0, 0, 1)}
_BLANK_BYTES = frozenset(b" \0\t\r\n\xa0")
_INVISIBLE = 3


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """A painted image: its stream, the matrix of its unit square, and its box that clips leave visible."""

    image: Stream
    matrix: Matrix
    visible: Rectangle
    black_ink: bool  # whether the fill colour, with which a stencil is painted, is black


@dataclass(slots=True)
class PageContent:
    """What a page shows.

    `other`: something else than images is visible (text, lines, shadings). `left_out`: what the page has
    besides the images that is invisible or not part of the paper.
    """

    images: list[PlacedImage] = field(default_factory=list)
    other: bool = False
    has_text: bool = False
    left_out: set[str] = field(default_factory=set)
    fonts: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _State:
    matrix: Matrix
    clip: Rectangle
    odd_clip: bool = False  # clipped by letters or a shape other than a rectangle: what is visible is unknown
    text_mode: int = 0
    black_ink: bool = True
    blended: bool = False


class _TooMuchError(Exception):
    """The content is too long or nested too deep to interpret."""


def inspect(page: Page, box: Rectangle) -> PageContent:
    """What a page paints within `box`. Raises pikepdf.PdfError where its content can't be parsed."""
    walk = _Interpreter(box)
    resources = inherited(page.obj, Name.Resources) or Dictionary()
    try:
        walk.run(page.obj, _Stream(resources, _State(Matrix(), box), depth=0))
    except _TooMuchError:
        walk.content.other = walk.content.has_text = True
    annotations = _items(page.obj.get(Name.Annots))
    if annotations:
        walk.content.left_out.add("Annotations")
    if any(_is_visible_annotation(annotation) for annotation in annotations):
        walk.content.other = True
    return walk.content


@dataclass(slots=True)
class _Stream:
    """The state of interpreting one content stream."""

    resources: Object
    state: _State
    depth: int
    saved: list[_State] = field(default_factory=list)
    marks: list[bool] = field(default_factory=list)  # open marked contents: is it a watermark?
    path: list[Rectangle | None] = field(default_factory=list)  # rectangles; None for other shapes
    clipping: bool = False
    letters_clip: bool = False  # the letters clip what follows this text object


def inherited(node: Object, key: Name) -> Object | None:
    """An attribute of a page, or of the nearest node of the page tree that has it; None where none has."""
    for _ in range(MAX_TREE):
        if key in node:
            return node.get(key)
        parent = node.get(Name.Parent)
        if not isinstance(parent, Dictionary):
            break
        node = parent
    return None


class _Interpreter:
    def __init__(self, box: Rectangle) -> None:
        self.content = PageContent()
        self._box = box
        self._left = MAX_OPERATORS

    def run(self, source: Object, at: _Stream) -> None:
        if at.depth > MAX_DEPTH or _content_length(source) > MAX_CONTENT:
            raise _TooMuchError
        for instruction in parse_content_stream(source):
            self._left -= 1
            if self._left < 0:
                raise _TooMuchError
            operands, name = list(instruction.operands), str(instruction.operator)
            if _nest(at, operands, name) or self._path(at, operands, name):
                continue
            if any(at.marks):
                self.content.left_out.add("Watermark")
            else:
                self._paint(at, operands, name)

    def _path(self, at: _Stream, operands: list[Object], name: str) -> bool:
        if name == "re":
            at.path.append(_bounds(at.state.matrix, *(float(n) for n in operands)))
        elif name in _PATH:
            at.path.append(None)
        elif name in ("W", "W*"):
            at.clipping = True
        elif name == "n" or name in _PAINT:
            if name != "n" and not any(at.marks):
                self.content.other = True
            if at.clipping:
                at.state = _clipped(at.state, at.path)
            at.path, at.clipping = [], False
        else:
            return False
        return True

    def _paint(self, at: _Stream, operands: list[Object], name: str) -> None:
        if name in _SHOW_TEXT:
            self._text(operands, at)
        elif name == "ET":
            at.state = replace(at.state, odd_clip=at.state.odd_clip or at.letters_clip)
            at.letters_clip = False
        elif name == "Do":
            self._object(operands, at)
        elif name in ("sh", "INLINE IMAGE"):
            self.content.other = True
        elif name == "Tf":
            self._font(operands, at.resources)
        else:
            at.state = _changed(at.state, name, operands, at.resources)

    def _text(self, operands: list[Object], at: _Stream) -> None:
        if not operands or not _shows_something(operands[-1]):
            return
        self.content.has_text = True
        if at.state.text_mode != _INVISIBLE:
            self.content.other = True
        if at.state.text_mode > _INVISIBLE:
            at.letters_clip = True

    def _font(self, operands: list[Object], resources: Object) -> None:
        font = _entry(resources, Name.Font, operands[0])
        if isinstance(font, Dictionary):
            self.content.fonts.add(str(font.get(Name.BaseFont, "")).lstrip("/"))

    def _object(self, operands: list[Object], at: _Stream) -> None:
        target, state = _entry(at.resources, Name.XObject, operands[0]), at.state
        if not isinstance(target, Stream):
            return
        if target.get(Name.Subtype) == Name.Image:
            self._image(target, state)
        elif mark := _watermark_of(target):
            self.content.left_out.add(mark)
        else:
            matrix = Matrix(target.Matrix) @ state.matrix if Name.Matrix in target else state.matrix
            clip = state.clip
            if Name.BBox in target:
                left, bottom, right, top = (float(n) for n in target.BBox)
                clip = _intersect(clip, _bounds(matrix, left, bottom, right - left, top - bottom))
            inner = target.get(Name.Resources) or at.resources
            self.run(target, _Stream(inner, replace(state, matrix=matrix, clip=clip), at.depth + 1))

    def _image(self, image: Stream, state: _State) -> None:
        visible = _intersect(state.clip, _bounds(state.matrix, 0, 0, 1, 1))
        if state.blended or state.odd_clip or Name.OC in image:
            self.content.other = True
        elif is_opaque(image) and area(visible) >= FULL * area(self._box) and is_upright(state.matrix):
            if self.content.images or self.content.other:
                self.content.left_out.add("Covered")
            self.content.images.clear()
            self.content.other = False
        if area(visible) <= 0:
            self.content.left_out.add("Hidden")
        else:
            self.content.images.append(PlacedImage(image, state.matrix, visible, state.black_ink))


def is_opaque(image: Stream) -> bool:
    """Whether every pixel of the image covers what is below it."""
    return not (
        image.get(Name.ImageMask) == True  # noqa: E712  # a pikepdf object has no truth value of its own
        or Name.SMask in image
        or Name.Mask in image
        or image.get(Name.SMaskInData, 0) != 0
    )


def is_upright(matrix: Matrix, tolerance: float = 15.0) -> bool:
    """Whether the matrix rotates by about a multiple of 90 degrees, without shear. `tolerance` in degrees."""
    if matrix.a * matrix.d - matrix.b * matrix.c == 0:
        return False
    x_angle = math.degrees(math.atan2(matrix.b, matrix.a))
    y_angle = math.degrees(math.atan2(matrix.d, matrix.c))
    off = (x_angle + 45) % 90 - 45
    shear = (abs(x_angle - y_angle) + 45) % 90 - 45
    return abs(off) <= tolerance and abs(shear) <= 1.0


def area(box: Rectangle) -> float:
    """Area of a rectangle, 0 where it is empty."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _nest(at: _Stream, operands: list[Object], name: str) -> bool:
    """Handle operators that save states and mark content; the two are nested independently."""
    match name:
        case "q":
            at.saved.append(at.state)
        case "Q":
            at.state = at.saved.pop() if at.saved else at.state
        case "BMC" | "BDC":
            at.marks.append(_is_watermark_mark(operands, at.resources))
        case "EMC":
            del at.marks[-1:]
        case _:
            return False
    return True


def _changed(state: _State, name: str, operands: list[Object], resources: Object) -> _State:
    match name:
        case "cm":
            return replace(state, matrix=Matrix(*(float(n) for n in operands)) @ state.matrix)
        case "Tr":
            return replace(state, text_mode=int(operands[0]))
        case "g" | "rg" | "k":
            return replace(state, black_ink=tuple(float(n) for n in operands) == _GREY_BLACK[name])
        case "cs" | "sc" | "scn":
            return replace(state, black_ink=False)
        case "gs":
            return _with_graphics_state(state, _entry(resources, Name.ExtGState, operands[0]))
        case _:
            return state


def _with_graphics_state(state: _State, extended: Object | None) -> _State:
    if not isinstance(extended, Dictionary):
        return state
    blended = (
        extended.get(Name.BM, Name.Normal) not in (Name.Normal, Name.Compatible)
        or not isinstance(extended.get(Name.SMask, Name("/None")), Name)
        or float(extended.get(Name.ca, 1)) < 1
    )
    return replace(state, blended=state.blended or blended)


def _entry(resources: Object, kind: Name, name: Object) -> Object | None:
    entries = resources.get(kind)
    return entries.get(str(name)) if isinstance(entries, Dictionary) else None


def _shows_something(operand: Object) -> bool:
    if isinstance(operand, Array):
        return any(_shows_something(item) for item in operand if not isinstance(item, int | float))
    try:
        return not _BLANK_BYTES.issuperset(bytes(operand))
    except (TypeError, ValueError, NotImplementedError):  # a number between the strings
        return False


def _bounds(matrix: Matrix, x: float, y: float, width: float, height: float) -> Rectangle:
    corners = [
        matrix.transform(p) for p in ((x, y), (x + width, y), (x, y + height), (x + width, y + height))
    ]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _intersect(a: Rectangle, b: Rectangle) -> Rectangle:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _clipped(state: _State, path: list[Rectangle | None]) -> _State:
    """The state clipped by one rectangle, or by another shape, which isn't interpreted."""
    if len(path) == 1 and path[0] is not None:
        return replace(state, clip=_intersect(state.clip, path[0]))
    return replace(state, odd_clip=state.odd_clip or bool(path))


def _content_length(source: Object) -> int:
    contents = [source] if isinstance(source, Stream) else _items(source.get(Name.Contents))
    return sum(int(stream.get(Name.Length, 0)) for stream in contents if isinstance(stream, Stream))


def _items(value: Object | None) -> list[Object]:
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]


def _watermark_of(form: Stream) -> str | None:
    """The kind of a form that was added to a page later. Old versions of Acrobat mark it by a name, newer
    ones in a dictionary.
    """
    piece = form.get(Name.PieceInfo)
    compound = piece.get(Name.ADBE_CompoundType) if isinstance(piece, Dictionary) else None
    if isinstance(compound, Dictionary):
        compound = compound.get(Name.Private)
    return str(compound).lstrip("/") if compound in (Name.Watermark, Name.Background) else None


def _is_watermark_mark(operands: list[Object], resources: Object) -> bool:
    if len(operands) != 2 or operands[0] != Name.Artifact:
        return False
    properties = operands[1]
    if isinstance(properties, Name):
        properties = _entry(resources, Name.Properties, properties) or Dictionary()
    return isinstance(properties, Dictionary) and properties.get(Name.Subtype) == Name.Watermark


def _is_visible_annotation(annotation: Object) -> bool:
    hidden = 0b100010  # hidden, or not to be viewed
    if not isinstance(annotation, Dictionary) or annotation.get(Name.Subtype) in (Name.Link, Name.Popup):
        return False
    if int(annotation.get(Name.F, 0)) & hidden or Name.AP not in annotation:
        return False
    left, bottom, right, top = (float(n) for n in annotation.get(Name.Rect, [0, 0, 0, 0]))
    return abs(right - left) > 0 and abs(top - bottom) > 0


PARSE_ERRORS = (PdfError, PdfParsingError, ValueError, TypeError, KeyError, IndexError, AttributeError)
