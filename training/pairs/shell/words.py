"""Word lists of shell scripts. Data only."""

from __future__ import annotations

EXTENSIONS: tuple[str, ...] = tuple(
    "log txt py json csv gz tmp bak yml yaml conf jpg png md sql sh js ts html xml pdf mp4 wav zip old swp pid cfg ini toml rb go java class o so".split()
)
PATTERNS: tuple[str, ...] = tuple(
    "ERROR WARN FATAL timeout failed refused denied exception Traceback panic deprecated FIXME password secret localhost DEBUG retry OOM segfault 404 500".split()
)
PORTS = (
    22,
    53,
    80,
    443,
    1883,
    2379,
    3000,
    3306,
    4222,
    5000,
    5432,
    5672,
    6379,
    8000,
    8080,
    8443,
    8888,
    9000,
    9090,
    9092,
    9200,
    11211,
    27017,
)
USERS: tuple[str, ...] = tuple(
    "deploy www-data app backup postgres nginx jenkins runner git admin worker ubuntu media monitor".split()
)
COMMANDS: tuple[str, ...] = tuple(
    "docker git jq curl rsync kubectl psql mysql node npm python3 go cargo make terraform ansible helm aws gcloud ffmpeg convert gpg openssl tar zip pg_dump redis-cli sqlite3 nc shellcheck".split()
)
PATHS: tuple[str, ...] = (
    "/var/log/{}", "/var/log", "/srv/{}", "/srv/{}/data", "/opt/{}", "/opt/{}/releases", "/home/{}", "/tmp/{}", "/data/{}",
    "/mnt/{}", "/var/lib/{}", "/var/cache/{}", "/etc/{}", "/var/backups/{}", "./{}", "build", "dist", "src", "logs", "data",
    "{}", "data/{}", "/var/spool/{}", "/backup/{}", "public/{}", "assets/{}",
)  # fmt: skip

VARIABLES: tuple[tuple[str, str, str, str], ...] = (
    ("dir", "backup_dir", "backup directory", "/var/backups/{}"),
    ("dir", "log_dir", "log directory", "/var/log/{}"),
    ("dir", "data_dir", "data directory", "/srv/{}/data"),
    ("dir", "source_dir", "source directory", "/srv/{}"),
    ("dir", "target_dir", "target directory", "/mnt/{}"),
    ("dir", "work_dir", "work directory", "/tmp/{}"),
    ("dir", "release_dir", "release directory", "/opt/{}/releases"),
    ("dir", "cache_dir", "cache directory", "/var/cache/{}"),
    ("dir", "upload_dir", "upload directory", "/srv/{}/uploads"),
    ("dir", "config_dir", "config directory", "/etc/{}"),
    ("dir", "output_dir", "output directory", "out/{}"),
    ("log", "log_file", "log file", "/var/log/{}.log"),
    ("text", "input_file", "input file", "{}.txt"),
    ("text", "list_file", "list file", "/etc/{}.list"),
    ("csv", "csv_file", "csv file", "{}.csv"),
    ("csv", "report_file", "report file", "data/{}.csv"),
    ("json", "json_file", "json file", "{}.json"),
    ("json", "config_file", "config file", "/etc/{}/config.json"),
    ("json", "state_file", "state file", "/var/lib/{}/state.json"),
)
