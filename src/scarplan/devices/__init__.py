"""Devices: the library of needling devices, what they are compared with, and devices described by the user.

`device(id)` and `all_devices()` read the library, `energy_device(id)` and `all_energy_devices()` that of lasers, plasma
and RF needles, `read_device(path)` a description of your own.
"""

from scarplan.devices.density import AbstractDensity as AbstractDensity
from scarplan.devices.density import PenDensity as PenDensity
from scarplan.devices.density import RollerDensity as RollerDensity
from scarplan.devices.density import StampDensity as StampDensity
from scarplan.devices.density import StatedDensity as StatedDensity
from scarplan.devices.energy_device import EnergyDevice as EnergyDevice
from scarplan.devices.library import all_devices as all_devices
from scarplan.devices.library import all_energy_devices as all_energy_devices
from scarplan.devices.library import device as device
from scarplan.devices.library import energy_device as energy_device
from scarplan.devices.needling_device import COMPARATOR_CLASSES as COMPARATOR_CLASSES
from scarplan.devices.needling_device import DEVICE_CLASSES as DEVICE_CLASSES
from scarplan.devices.needling_device import NEEDLING_CLASSES as NEEDLING_CLASSES
from scarplan.devices.needling_device import ComparatorClass as ComparatorClass
from scarplan.devices.needling_device import Device as Device
from scarplan.devices.needling_device import DeviceClass as DeviceClass
from scarplan.devices.needling_device import NeedlingClass as NeedlingClass
from scarplan.devices.own import EXAMPLE_DEVICE as EXAMPLE_DEVICE
from scarplan.devices.own import DeviceDescription as DeviceDescription
from scarplan.devices.own import read_any_device as read_any_device
from scarplan.devices.own import read_device as read_device
from scarplan.devices.plausible import doubts_about as doubts_about
