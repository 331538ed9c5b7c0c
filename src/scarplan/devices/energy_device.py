"""EnergyDevice: RF needles, fractional lasers and plasma; what needling is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scarplan.devices.needling_device import ComparatorClass

#: Classes whose columns are vaporised; the others heat only.
ABLATIVE_CLASSES = ("fractional_co2", "fractional_erbium_yag", "fractional_microplasma_rf")


@dataclass(frozen=True)
class EnergyDevice:
    """A device that heats. None: unknown, or the class's where the class has a prior.

    max_mm             deepest setting, mm: needle length of RF needles, depth of a column otherwise
    needles            needles of an RF head
    needle_diameter_mm of RF needles
    bare_mm            length above the tip of an RF needle that is not insulated; None: all of it
    column_radius_mm   radius of a column's core where the maker states it
    coagulated_rim_mm  width of the heated rim where the maker states it
    kernel             how the shape of its injury is known, in words
    """

    id: str
    name: str
    device_class: ComparatorClass
    kernel: str
    max_mm: float | None = None
    needles: int | None = None
    needle_diameter_mm: float | None = None
    bare_mm: float | None = None
    column_radius_mm: float | None = None
    coagulated_rim_mm: float | None = None
    note: str = ""
    sources: tuple[str, ...] = ()
    quantities: Mapping[str, str] = field(default_factory=dict)

    @property
    def ablates(self) -> bool:
        """Whether its columns are vaporised."""
        return self.device_class in ABLATIVE_CLASSES
