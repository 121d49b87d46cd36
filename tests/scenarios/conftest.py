"""A small world, whole and right, that a test may copy and spoil."""

import shutil
from pathlib import Path

import pytest

SMALL_MAP = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <!-- West bank 1-4 and east bank 5-8, each a square; a tunnel 2-5 without bicycles under the river. -->
  <node id="1" lat="31.2300" lon="121.4700"/>
  <node id="2" lat="31.2300" lon="121.4750"/>
  <node id="3" lat="31.2340" lon="121.4750"/>
  <node id="4" lat="31.2340" lon="121.4700"/>
  <node id="5" lat="31.2300" lon="121.4850"/>
  <node id="6" lat="31.2300" lon="121.4900"/>
  <node id="7" lat="31.2340" lon="121.4900"/>
  <node id="8" lat="31.2340" lon="121.4850"/>
  <node id="9" lat="31.2360" lon="121.4700"/>
  <node id="10" lat="31.2300" lon="121.4725"/>
  <way id="11"><nd ref="1"/><nd ref="10"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
    <tag k="highway" v="residential"/><tag k="name" v="West Street"/></way>
  <way id="12"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="5"/>
    <tag k="highway" v="primary"/><tag k="maxspeed" v="20"/><tag k="name" v="East Street"/></way>
  <way id="13"><nd ref="2"/><nd ref="5"/>
    <tag k="highway" v="primary"/><tag k="bicycle" v="no"/><tag k="tunnel" v="yes"/></way>
  <way id="14"><nd ref="2"/><nd ref="4"/><tag k="highway" v="primary"/></way>
  <way id="15"><nd ref="6"/><nd ref="8"/><tag k="highway" v="residential"/></way>
  <way id="16"><nd ref="4"/><nd ref="9"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
</osm>
"""

SMALL_WORLD = {
    "streets.osm": SMALL_MAP,
    "world.yaml": """\
name: Two banks
timezone: Asia/Shanghai
day: 2026-03-02
horizon: {start: "06:00", end: "22:00"}
streets:
  file: streets.osm
  speeds:
    bike_kmh: 18
    car_kmh_by_highway: {primary: 36, residential: 18}
""",
    "policy.yaml": """\
currency: CNY
service_levels:
  - service_level_id: within-hour
    name: Within the hour
    modes: [RIDER]
    within: PT60M
    fee: 600
picking_per_line: 30
handling_per_item: {RIDER: 40}
residual_cv: {RIDER: 0.25}
co2_g_per_km: {RIDER: 12}
co2_g_per_parcel: 420
customer_setup: PT90S
customer_handover: PT30S
max_snap_m: 100
""",
    "sites.yaml": """\
sites:
  - site_id: west
    kind: STORE
    name: West store
    place: {lat: 31.2340, lon: 121.4700}
    temperatures: [AMBIENT, FROZEN]
    hours: "07:00-22:00"
    pickers: 2
    pick_duration_per_line: PT1M
    setup_duration: PT90S
    handover_duration: PT20S
  - site_id: east
    kind: STORE
    name: East store
    place: {lat: 31.2300, lon: 121.4900}
    temperatures: [AMBIENT]
    hours: "07:00-22:00"
    pickers: 2
    pick_duration_per_line: PT1M
    setup_duration: PT90S
    handover_duration: PT20S
""",
    "riders.yaml": """\
riders:
  - resource_id: rider-1
    name: Rider 1
    profile: BIKE
    start_place: {lat: 31.2300, lon: 121.4750}
    shift: {start: "06:30", end: "13:00"}
    capacity: {weight_g: 25000, ambient_cm3: 60000}
    rates: {per_km: 50, per_hour: 2400}
  - resource_id: rider-2
    name: Rider 2
    profile: BIKE
    start_place: {lat: 31.2300, lon: 121.4850}
    end_place: {lat: 31.2340, lon: 121.4850}
    shift: {start: "2026-03-02 08:00", end: "2026-03-02T14:00:00+08:00"}
    capacity: {weight_g: 25000, ambient_cm3: 60000}
    rates: {per_km: 50, per_hour: 2400}
""",
    "vans.yaml": "vans: []\n",
    "technicians.yaml": "technicians: []\n",
    "carriers.yaml": "carriers: []\n",
    "desks.yaml": "desks: []\n",
    "pools.yaml": """\
pools:
  - pool_id: riders
    name: Riders
    resource_ids: [rider-1, rider-2]
""",
    "skus.csv": """\
sku_id,name,category,temperature,weight_g,volume_cm3,attributes.name_zh
cake,Cake,bakery,FROZEN,800,3000,蛋糕
tissues,Tissues,paper,,700,5000,
""",
    "stock.csv": """\
site_id,sku_id,on_hand
west,cake,5
west,tissues,20
east,tissues,10
""",
}


def write_small_world(folder: Path) -> Path:
    """The files of the small world, in a folder that is made for them."""
    folder.mkdir()
    for name, text in SMALL_WORLD.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all small worlds: their maps are the same unless a test says otherwise."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def small_world_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_world(tmp_path_factory.mktemp("small") / "world")


@pytest.fixture
def small_world(small_world_files: Path, tmp_path: Path) -> Path:
    """The folder of a world of two banks, to be spoiled at will."""
    return Path(shutil.copytree(small_world_files, tmp_path / "world"))
