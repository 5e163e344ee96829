"""The labels a simulated video can show: name -> (parents, aliases, categories), as GetLabelDetection gives them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """One label of the general vocabulary."""

    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


VOCABULARY: Mapping[str, Word] = {
    "Person": Word((), ("Human",), ("Person Description",)),
    "Crowd": Word(("Person",), (), ("Person Description",)),
    "Child": Word(("Person",), ("Kid",), ("Person Description",)),
    "Car": Word(("Transportation", "Vehicle"), ("Automobile",), ("Vehicles and Automotive",)),
    "Bus": Word(("Transportation", "Vehicle"), (), ("Vehicles and Automotive",)),
    "Bicycle": Word(("Transportation", "Vehicle"), ("Bike",), ("Vehicles and Automotive",)),
    "Dog": Word(("Animal", "Canine", "Mammal", "Pet"), (), ("Animals and Pets",)),
    "Cat": Word(("Animal", "Mammal", "Pet"), (), ("Animals and Pets",)),
    "Bird": Word(("Animal",), (), ("Animals and Pets",)),
    "Beach": Word(("Coast", "Nature", "Outdoors", "Sea", "Shoreline", "Water"), (), ("Nature and Outdoors",)),
    "Forest": Word(("Land", "Nature", "Outdoors", "Plant", "Tree", "Vegetation"), (), ("Nature and Outdoors",)),
    "Mountain": Word(("Nature", "Outdoors"), (), ("Nature and Outdoors",)),
    "Kitchen": Word(("Indoors",), (), ("Home and Indoors",)),
    "Classroom": Word(("Indoors", "Room", "School"), (), ("Education",)),
    "Stage": Word((), (), ("Performing Arts",)),
    "Guitar": Word(("Musical Instrument",), (), ("Hobbies and Interests",)),
    "Football": Word(("Ball", "Sphere", "Sport"), (), ("Sports",)),
    "Swimming": Word(("Leisure Activities", "Person", "Sport", "Water Sports"), (), ("Sports",)),
    "Laptop": Word(("Computer", "Electronics", "Pc"), (), ("Technology and Computing",)),
    "Mobile Phone": Word(("Electronics", "Phone"), ("Cell Phone",), ("Technology and Computing",)),
    "City": Word(("Metropolis", "Urban"), ("Town",), ("Buildings and Architecture",)),
    "Building": Word(("Architecture",), (), ("Buildings and Architecture",)),
    "Food": Word((), (), ("Food and Beverage",)),
    "Fireworks": Word((), (), ("Events and Attractions",)),
}
