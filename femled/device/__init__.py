"""Devices: what they are made of and how they are changed. Nothing here knows how anything is solved."""

from femled.device.amplification import Amplification, AmplificationData, PumpAbsorptance
from femled.device.column import Column, Contact
from femled.device.interface import Interface
from femled.device.layer import Aperture, Face, Layer, Plate, Spreader
from femled.device.library import device_file, device_names, load_pixel
from femled.device.pixel import Pixel
from femled.device.resistance import ContactResistances
from femled.device.variant import PixelVariant

__all__ = [
    "Amplification",
    "AmplificationData",
    "Aperture",
    "Column",
    "Contact",
    "ContactResistances",
    "Face",
    "Interface",
    "Layer",
    "Pixel",
    "PixelVariant",
    "Plate",
    "PumpAbsorptance",
    "Spreader",
    "device_file",
    "device_names",
    "load_pixel",
]
