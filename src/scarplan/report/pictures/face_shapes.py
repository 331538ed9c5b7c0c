"""The shapes of the face map: each zone as an SVG path around the midline of the face, and where its number stands.

Drawing units; x = 0 is the midline, x grows to the right of the picture (the patient's left), y grows downwards. A
paired zone is given for the right of the picture and mirrored for the other side.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ZoneShape:
    """One zone: its path, where its number stands and how large, and where the line from its name ends."""

    path: str
    x: float
    y: float
    size: float
    is_paired: bool = False
    name_y: float = 0.0
    reach_x: float = 0.0


_FOREHEAD = (
    "M-102 71C-74 46 -38 36 0 36C38 36 74 46 102 71L100 138C78 122 46 126 24 142L-24 142C-46 126 -78 122 -100 138Z"
)
_TEMPLE = "M102 71C142 100 166 140 173 196L127 199C125 176 117 150 100 138Z"
# The eye and the lips are holes: nobody needles inside the orbital rim.
_PERIORBITAL = (
    "M24 142C46 126 78 122 100 138C117 150 125 176 127 199C106 216 60 222 30 206C26 190 24 165 24 142Z"
    "M44 166C57 152 94 152 107 166C94 179 57 179 44 166Z"
)
_NASAL_BRIDGE = "M-24 142L24 142C24 165 26 190 30 226L-30 226C-26 190 -24 165 -24 142Z"
_NOSE_TIP = "M-30 226L30 226C38 240 48 252 46 268C40 278 22 278 0 282C-22 278 -40 278 -46 268C-48 252 -38 240 -30 226Z"
_MALAR = "M30 206C60 222 106 216 127 199L173 196C176 218 175 240 172 260C140 250 80 248 46 268C48 252 38 240 30 226Z"
_CHEEK = "M46 268C80 248 140 250 172 260C168 300 160 332 147 358C120 352 92 344 74 336C74 310 62 288 46 268Z"
_UPPER_LIP = (
    "M0 282C22 278 40 278 46 268C62 288 74 310 74 336C74 352 62 368 50 374C30 366 -30 366 -50 374"
    "C-62 368 -74 352 -74 336C-74 310 -62 288 -46 268C-40 278 -22 278 0 282Z"
    "M-42 340C-22 326 -8 328 0 332C8 328 22 326 42 340C22 356 -22 356 -42 340Z"
)
_CHIN = "M-50 374C-30 366 30 366 50 374C53 402 47 432 40 456C25 466 -25 466 -40 456C-47 432 -53 402 -50 374Z"
_JAWLINE = "M50 374C62 368 74 352 74 336C92 344 120 352 147 358C132 398 92 442 40 456C47 432 53 402 50 374Z"
_NECK = "M-92 432L-92 506C-96 526 -112 534 -124 540L124 540C112 534 96 526 92 506L92 432C60 470 -60 470 -92 432Z"
_TRUNK = "M214 474C226 454 256 452 270 440L271 424L305 424L306 440C320 452 350 454 362 474L362 540L214 540Z"

#: From the forehead down, as the zones of the atlas; the neck is drawn first, for the jaw lies over it.
ZONE_SHAPES: dict[str, ZoneShape] = {
    "forehead": ZoneShape(_FOREHEAD, 0, 88, 30, name_y=80, reach_x=-92),
    "temple": ZoneShape(_TEMPLE, 143, 166, 19, is_paired=True, name_y=128, reach_x=158),
    "periorbital": ZoneShape(_PERIORBITAL, 76, 197, 20, is_paired=True, name_y=176, reach_x=118),
    "nasal_bridge": ZoneShape(_NASAL_BRIDGE, 0, 186, 19, name_y=147, reach_x=-20),
    "nose_tip": ZoneShape(_NOSE_TIP, 0, 248, 24, name_y=263, reach_x=-42),
    "malar": ZoneShape(_MALAR, 110, 232, 24, is_paired=True, name_y=228, reach_x=168),
    "cheek": ZoneShape(_CHEEK, 114, 300, 30, is_paired=True, name_y=300, reach_x=160),
    "upper_lip": ZoneShape(_UPPER_LIP, 0, 302, 24, name_y=346, reach_x=-68),
    "chin": ZoneShape(_CHIN, 0, 414, 28, name_y=414, reach_x=-44),
    "jawline": ZoneShape(_JAWLINE, 86, 390, 24, is_paired=True, name_y=372, reach_x=132),
    "neck": ZoneShape(_NECK, 0, 500, 26, name_y=502, reach_x=-84),
    "trunk": ZoneShape(_TRUNK, 288, 500, 26, name_y=412),
}

#: What makes it a face: ears, brows, closed eyes, lips. Strokes only.
FEATURES = (
    "M176 196C192 192 196 216 190 236C186 252 178 262 172 258",
    "M-176 196C-192 192 -196 216 -190 236C-186 252 -178 262 -172 258",
    "M44 140C60 130 84 130 102 142",
    "M-44 140C-60 130 -84 130 -102 142",
    "M44 166C57 179 94 179 107 166",
    "M-44 166C-57 179 -94 179 -107 166",
    "M-42 340C-22 344 22 344 42 340",
    "M-24 268C-14 276 14 276 24 268",
)
#: The hair, behind everything, so that the forehead ends somewhere.
HAIR = (
    "M-176 190C-196 66 -108 0 0 0C108 0 196 66 176 190L173 196C166 140 142 100 102 71"
    "C74 46 38 36 0 36C-38 36 -74 46 -102 71C-142 100 -166 140 -173 196Z"
)
