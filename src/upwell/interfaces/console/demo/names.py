"""Made-up names for made-up persons."""

import unicodedata

import numpy as np

GIVEN = (
    "Adaeze Aisha Alejandro Amara Amir Ana Anders Anika Anwen Arjun Astrid Ayesha Beatriz Benedikt Bilal "
    "Bronwen Camille Cerys Chidi Chloe Ciaran Clara Daniel Daria Deepa Dmitri Eilidh Elena Elif Emeka "
    "Emily Esther Ewan Farah Fatima Felix Femi Fiona Freya Gareth George Grace Gwen Hamza Hannah Harriet "
    "Hassan Helena Hugo Ifeoma Imani Ines Ioana Isaac Isla Ivan Jack Jamila Jonas Joseph Julia Kamal "
    "Karim Katarzyna Keiko Kofi Kwame Lars Laura Leila Lena Liam Linh Luca Lucy Maeve Magda Malik Mara "
    "Marcus Maria Mateo Mei Mina Mohammed Nadia Naomi Neha Niamh Nikhil Nkechi Noor Olivia Omar Oscar "
    "Owen Paolo Pedro Petra Priya Rachel Rafael Rahul Rania Rhys Rosa Ruth Sadia Samir Sanjay Sara Sean "
    "Selin Sofia Stefan Sunita Tadeusz Tamar Teresa Thomas Tomasz Uma Vera Viktor Wei Yara Yasmin Yusuf "
    "Zainab Zofia"
).split()
FAMILY = (
    "Abbott Abebe Ahmed Akhtar Ali Andersson Appiah Asante Bailey Bajwa Banerjee Barnes Begum Bell "
    "Bennett Bianchi Boateng Brandt Brennan Campbell Carvalho Chen Choudhury Clarke Cohen Costa Cruz "
    "Dalal Das Davies Demir Diaz Doyle Dubois Edwards Eze Farouk Fernandes Fischer Fletcher Flynn Fofanah "
    "Foster Garcia Gill Graham Griffiths Gupta Haddad Hall Hansen Harris Hassan Hughes Hussain Ibrahim "
    "Islam Iyer Jackson James Jansen Jones Joshi Kaur Kelly Khan Kim Kowalski Kumar Lal Larsen Lawal Lee "
    "Lewis Li Lindqvist Lopez Malik Marino Martin Mbeki Mehta Mendes Mensah Mitchell Moore Moretti Morgan "
    "Morris Murphy Musa Nair Nakamura Novak Nowak Nwosu Obi Okafor Okoro Olsen Osei Ozturk Park Patel "
    "Pereira Petrov Phillips Popescu Price Qureshi Rahman Rao Reid Ricci Roberts Rossi Ryan Santos "
    "Schmidt Shah Sharma Silva Singh Smith Stewart Suzuki Tanaka Taylor Thapa Thompson Turner Usman Varga "
    "Vogel Walker Wang Ward Watson White Williams Wilson Wood Wright Yilmaz Young Zhang"
).split()


def draw_names(count: int, *, seed: int) -> list[tuple[str, str]]:
    """Return `count` pairs of given and family name, without repeats while pairs last."""
    total = len(GIVEN) * len(FAMILY)
    chosen = np.random.default_rng(seed).choice(total, size=count, replace=count > total)
    return [(GIVEN[code % len(GIVEN)], FAMILY[code // len(GIVEN)]) for code in chosen.tolist()]


def address(given: str, family: str, number: int) -> str:
    """An e-mail address in a domain that can never exist."""
    plain = unicodedata.normalize("NFKD", f"{given}.{family}").encode("ascii", "ignore").decode().lower()
    return f"{plain}.{number}@dft.example"
