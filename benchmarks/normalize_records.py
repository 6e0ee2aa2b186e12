"""Messy records with the rows that their authors meant, made by chance from a seed; knows nothing of any reader.

A person of many types the numbers of loyalty cards and the names of airlines as they please. What is made first is the
truth (which airline, which number); then a person with habits writes it down, and only then things go wrong. So a row
of gold is what was meant, also where nobody could tell it from the text: such records should be listed, not guessed.
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass

# What people call an airline; the first is its IATA code. The names are written by hand for this benchmark and are not
# read from the reference table of the example, so that some are no spelling of it.
AIRLINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SU", ("Аэрофлот", "Aeroflot", "Аэрофлот Бонус", "аэрофлот-бонус", "Aeroflot Bonus")),
    ("S7", ("S7", "S7 Airlines", "Сибирь", "S7 Priority", "С7")),
    ("UT", ("UTair", "ЮТэйр", "Utair", "Ютэир", "UTair Status")),
    ("U6", ("Уральские авиалинии", "Ural Airlines", "Уральские авиалинии/Крылья", "Крылья", "Уральские")),
    ("OK", ("Czech Airlines", "Чешские авиалинии", "CSA Czech Airlines", "OK Plus")),
    ("LH", ("Lufthansa", "Люфтганза", "Miles & More", "Lufthansa Miles and More", "Люфтганза (Miles&More)")),
    ("TK", ("Turkish Airlines", "Турецкие авиалинии", "Miles&Smiles", "Turkish")),
    ("EK", ("Emirates", "Эмирейтс", "Emirates Skywards", "Skywards")),
    ("AF", ("Air France", "Эйр Франс", "Flying Blue", "AirFrance")),
    ("AY", ("Finnair", "Финнэйр", "Finnair Plus")),
    ("BT", ("airBaltic", "Air Baltic", "Эйр Балтик", "PINS")),
    ("QR", ("Qatar Airways", "Катарские авиалинии", "Qatar", "Катар")),
    ("BA", ("British Airways", "Британские авиалинии", "BA", "Executive Club")),
    ("A3", ("Aegean", "Aegean Airlines", "Miles+Bonus", "Эгейские авиалинии")),
    ("LO", ("LOT", "LOT Polish Airlines", "Польские авиалинии")),
    ("DP", ("Победа", "Pobeda", "авиакомпания Победа")),
    ("N4", ("Nordwind", "Северный ветер", "Nordwind Airlines", "Нордвинд")),
    ("5N", ("Smartavia", "Смартавиа", "Нордавиа", "Nordavia")),
)
# Airlines that no reference table here knows: no row can be written for them.
STRANGE = ("Zambezi Wings", "Якутия Экспресс", "Condor Cargo", "Ангара Тур", "Blue Panorama", "Red Wings Club")
NOTHING = (
    "нет",
    "-",
    "n/a",
    "no cards",
    "",
    "не летаю",
    "none",
    "карт нет",
    "перезвоните мне, пожалуйста",
    "I do not fly often",
    "пока не оформлял",
    "Аэрофлот, но карту потерял",
    "???",
    "забыл номер",
    "don't remember",
)
GREETINGS = ("Здравствуйте! ", "Hello, ", "Добрый день, ", "Мои карты: ", "my cards: ", "Бонусные карты: ", "FF: ")
TAILS = (" спасибо", ", thanks!", ".", " пожалуйста внесите", " (действующая)", " - надеюсь правильно", " :)")
BEFORE_NUMBER = ("№ ", "№", "номер ", "No. ", "no ", "# ", "карта ", "card ", "участник ", "number ", "n. ")
HOMOGLYPHS = str.maketrans("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx")


@dataclass(frozen=True, slots=True)
class Made:
    """A record: its id, its text, the rows meant (code, digits) and what was made of it, for the tables by kind."""

    id: str
    text: str
    gold: tuple[tuple[str, str], ...]
    kind: str


def made(count: int, seed: int) -> list[Made]:
    """`count` records of the seed, always the same."""
    chance = random.Random(f"messy-{seed}")
    return [_record(chance, str(1000 + 3 * place + chance.randrange(3))) for place in range(count)]


def _record(chance: random.Random, number: str) -> Made:
    draw = chance.random()
    if draw < 0.09:
        return Made(number, chance.choice(NOTHING), (), "nothing")
    if draw < 0.14:
        return _strange(chance, number)
    if draw < 0.18:
        return _disturbed(chance, number)
    cards = [_card(chance) for _ in range(chance.choices((1, 2, 3, 4, 5), (34, 30, 20, 10, 6))[0])]
    if draw < 0.22:
        return _shared(chance, number)
    kind, text = _written(chance, cards)
    if chance.random() < 0.12:
        text = chance.choice(GREETINGS) + text
    if chance.random() < 0.08:
        text += chance.choice(TAILS)
    return Made(number, text, tuple((code, digits) for code, _, digits in cards), kind)


def _card(chance: random.Random) -> tuple[str, str, str]:
    """The code, the name as this person writes it, and the digits."""
    code, names = chance.choice(AIRLINES)
    length = chance.choice((6, 7, 8, 9, 9, 10, 10, 11, 12, 15, 16))
    digits = "".join(chance.choice(string.digits) for _ in range(length))
    if chance.random() < 0.2:
        zeros = chance.randint(1, 4)
        digits = "0" * zeros + digits[zeros:]
    name = code if chance.random() < 0.12 else chance.choice(names)
    return code, _mistyped(chance, name), digits


def _mistyped(chance: random.Random, name: str) -> str:
    draw = chance.random()
    if draw < 0.08:
        return name.upper()
    if draw < 0.18:
        return name.lower()
    if draw < 0.21:
        return name.translate(HOMOGLYPHS)
    if draw < 0.32 and len(name) > 5:
        place = chance.randrange(1, len(name) - 1)
        what = chance.randrange(4)
        if what == 0:
            return name[:place] + name[place + 1 :]
        if what == 1:
            return name[:place] + name[place] + name[place:]
        if what == 2:
            return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
        alphabet = "абвгдеиклмнопрст" if any("а" <= letter.lower() <= "я" for letter in name) else "abcdefgilmnoprst"
        return name[:place] + chance.choice(alphabet) + name[place + 1 :]
    if draw < 0.35 and " " in name:
        return name.replace(" ", chance.choice(("", "  ", "-")), 1)
    return name


def _grouped(chance: random.Random, digits: str) -> str:
    """The digits with the separators that people put between them."""
    draw = chance.random()
    if draw < 0.66:
        return digits
    if draw < 0.9:
        size, between = chance.choice((3, 4, 4)), chance.choice((" ", " ", "-", ".", "\u00a0"))
        return between.join(digits[place : place + size] for place in range(0, len(digits), size))
    cut = chance.randrange(2, len(digits) - 2)
    return digits[:cut] + chance.choice((" ", "-", "  ", " - ")) + digits[cut:]


def _written(chance: random.Random, cards: list[tuple[str, str, str]]) -> tuple[str, str]:
    """One person's manner: mostly the same for all cards, sometimes not."""
    manner = chance.randrange(8)
    between = chance.choice(("; ", ", ", ", ", " ", "", " / ", " и ", "; ", " + "))
    parts, kinds = [], set()
    for _, name, digits in cards:
        if chance.random() < 0.06:
            manner = chance.randrange(8)
        kinds.add(manner)
        parts.append(_one(chance, manner, name, _grouped(chance, digits)))
    if between == "" and not all(part.endswith((")", "]")) for part in parts[:-1]):
        between = chance.choice((", ", "; ", " "))
    kind = f"manner {min(kinds)}" if len(kinds) == 1 else "mixed manners"
    return kind, between.join(parts)


def _one(chance: random.Random, manner: int, name: str, number: str) -> str:
    marked = chance.choice(BEFORE_NUMBER) + number if chance.random() < 0.18 else number
    if manner == 0:
        return f"{name}{chance.choice((' - ', '-', ' – ', ' — '))}{marked}"
    if manner == 1:
        return f"{name}{chance.choice((': ', ':', ' : '))}{marked}"
    if manner == 2:
        return f"{number}{chance.choice((' ', ''))}({name})"
    if manner == 3:
        return f"{name} ({marked})"
    if manner == 4:
        return f"{number}{chance.choice((' - ', ' ', ' – '))}{name}"
    if manner == 5:
        return f"{name} {marked}"
    if manner == 6:
        return f"{name} = {number}" if chance.random() < 0.5 else f"{name}, {marked}"
    return f"{number} [{name}]"


def _strange(chance: random.Random, number: str) -> Made:
    """A card of an airline that no table knows, alone or among others; or a number that nobody names."""
    known = [_card(chance) for _ in range(chance.choice((0, 1, 2)))]
    unknown = ("", chance.choice((*STRANGE, "")), "".join(chance.choice(string.digits) for _ in range(9)))
    cards = [*known, unknown]
    chance.shuffle(cards)
    _, text = _written(chance, cards)
    return Made(number, text, tuple((code, digits) for code, _, digits in known), "unknown airline")


def _disturbed(chance: random.Random, number: str) -> Made:
    """Something else with digits in it, or a digit that is none."""
    card = _card(chance)
    _, text = _written(chance, [card])
    gold: tuple[tuple[str, str], ...] = ((card[0], card[2]),)
    what = chance.randrange(5)
    if what == 0:
        text += chance.choice((", тел. ", ", phone ", " моб ")) + "+7 9" + "".join(chance.choices(string.digits, k=9))
    elif what == 1:
        text += chance.choice((" с 12.03.2019", " until 2027-05-31", ", выдана 01/02/2018", " since 2014"))
    elif what == 2:
        text = chance.choice(("2 карты: ", "1) ", "паспорт 4509 123456, ")) + text
    elif what == 3:
        bad = card[2][:-1] + chance.choice("OoОIl")
        text, gold = f"{card[1]} {bad}", ()
    else:
        text = f"{card[0]}{card[2]}"
    return Made(number, text, gold, "disturbed")


def _shared(chance: random.Random, number: str) -> Made:
    """Two numbers of one airline."""
    one, other = _card(chance), _card(chance)
    between = chance.choice((", ", " и ", "; ", " / ", " "))
    gold = ((one[0], one[2]), (one[0], other[2]))
    return Made(number, f"{one[1]}{chance.choice((': ', ' - ', ' '))}{one[2]}{between}{other[2]}", gold, "two of one")
