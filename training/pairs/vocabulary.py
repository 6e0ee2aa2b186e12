"""Word lists: nouns, what goes before and behind them, and values that columns hold. Data only."""

from __future__ import annotations

NOUNS: tuple[str, ...] = tuple(
    """account activity actor address agent airport album alert animal answer apartment appointment article artist asset
    assignment athlete attachment auction audit author badge balance banner bank basket batch battery bill bike board
    bonus book booking bottle branch brand bridge broker bucket budget bug building bundle bus buyer cabin camera
    campaign candidate car card cargo carrier cart category certificate channel chapter charge chat circuit city claim
    client clinic coach code collection comment company competitor component connection contact container contract
    contributor conversation country coupon course courier credential crew crop currency customer dashboard dataset
    deal decision delivery department deployment deposit design device diagnosis dish district doctor document domain
    donation donor draft driver drone duty editor element email employee engine entry episode error estimate
    event exam exercise exhibit expense experiment factory farm feature fee feed field file film fleet flight folder
    forecast form friend fund game garage garden gate gateway genre gift goal grade graph guest guide harvest hospital
    host hotel house hub idea image incident ingredient inspection instance institute instrument interview inventory
    invitation invoice island issue item job journal journey kitchen lab label laptop lawyer lead lease ledger lesson
    letter library licence line link listing loan location locker log lot machine mail manager manufacturer map market
    match_result material meal measurement medal meeting member memo menu merchant message meter milestone model module
    monitor mountain movie museum nation network node note notification nurse object offer office operator option orbit
    order organisation outlet owner package page painting parcel parent park participant partner passenger passport
    patch patient payment payout penalty permission permit person pet phone photo piece pilot pipeline place planet
    plant platform player playlist plot podcast point policy port portfolio post prescription price printer prize
    probe process product profile program project promotion property proposal provider publication publisher purchase
    quest question queue quote race reader reading receipt recipe region registration release reminder rental repair
    report request reservation resident resource response restaurant result review reward ride river road robot role
    room route rule sale salary sample satellite schedule school score screen season seat section seller sensor server
    service session setting shift ship shipment shop signal site skill slot snapshot song speaker species spot
    sprint staff_member station statement stock store story stream street student studio subject submission subscriber
    subscription supplier survey switch tag target task tax teacher team template tenant terminal test_run theme thread
    ticket tier timer token tool topic tournament tower trade train trainer transcript transfer trip truck tutor unit
    upload vaccine valve vehicle vendor venue version video village visit visitor volunteer voter voucher wallet
    warehouse warranty website wheel widget winner word worker workout workshop zone""".split()
)

ADJECTIVES: tuple[str, ...] = tuple(
    """active annual archived backup billing blocked booked bulk cached central cloud combined company core custom daily
    delivery digital domestic draft edge email expired external family final finance flagged foreign free guest health
    hidden home hourly imported internal legacy linked live local main managed marketing master media mobile monthly
    music night online open parent partner pending premium primary priority product public raw regional remote
    retail sales school secondary secure shared shipping shop social sport staff stage store street support system
    team tracked travel urban user vendor verified virtual visitor web weekly wholesale""".split()
)

SUFFIXES: tuple[str, ...] = tuple(
    "detail entry event group history item link log note option record rule state status summary tag type version".split()
)

STATES: tuple[str, ...] = tuple(
    """active inactive pending failed shipped paid open closed draft published archived cancelled approved rejected
    running queued done blocked new expired refunded returned delivered confirmed suspended deleted locked verified
    waiting scheduled completed processing unpaid overdue invited online offline broken resolved escalated""".split()
)

KINDS: tuple[str, ...] = tuple(
    """basic standard premium gold silver trial internal external manual automatic monthly yearly small medium large
    red green blue black admin guest editor viewer owner critical high low normal web mobile email phone retail
    wholesale online express economy business first second digital printed used refurbished""".split()
)

PLACES: tuple[str, ...] = tuple(
    """Berlin Paris Madrid Rome Vienna Prague Warsaw Lisbon Dublin Oslo Helsinki Zurich Geneva Athens Tokyo Osaka Seoul
    Delhi Mumbai Sydney Melbourne Toronto Montreal Chicago Boston Denver Austin Seattle Lima Bogota Santiago Nairobi
    Lagos Cairo Accra Tunis Hamburg Munich Lyon Porto Seville Milan Turin Krakow Brno Graz""".split()
)

COUNTRIES: tuple[str, ...] = tuple(
    "DE FR ES IT AT CZ PL PT IE NO FI CH GR JP KR IN AU CA US PE CO CL KE NG EG SE".split()
)

PEOPLE: tuple[str, ...] = tuple(
    """Anna Ben Clara David Emma Felix Grace Hugo Ines Jonas Karin Leo Mia Noah Olga Paul Rosa Simon Tara Uwe Vera Will
    Yara Zoe Amir Bela Chen Dara Elif Farid Gita Hana Ivan Jana Kofi Lena Milo Nora Omar Pia""".split()
)

MODIFIERS: tuple[str, ...] = tuple(
    "unit net gross total base list average daily monthly maximum minimum initial final expected actual remaining".split()
)

AMOUNTS: tuple[str, ...] = tuple(
    """amount price cost fee revenue discount balance weight height width distance duration score rating quantity
    capacity priority age size stock temperature pressure speed volume budget salary points attempts retries visits
    downloads clicks credits seats pages mileage tax margin rent deposit""".split()
)

MOMENTS: tuple[str, ...] = tuple(
    """created updated expires started finished paid shipped delivered published cancelled ordered signed opened closed
    joined booked invoiced archived visited scheduled approved reviewed sent received renewed installed measured
    uploaded registered confirmed""".split()
)

FLAGS: tuple[str, ...] = tuple(
    "is_active is_deleted is_paid is_verified is_public is_archived is_default is_locked is_featured enabled".split()
)

TEXTS: tuple[str, ...] = tuple(
    """name title label description comment reference slug sku code note summary nickname brand model serial_number
    phone url""".split()
)
