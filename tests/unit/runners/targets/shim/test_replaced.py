"""What a run replaces in the settings of a project."""

import json
from pathlib import Path
from typing import Any

import pytest
from djbench_shim import Refusal
from djbench_shim.replaced import replacements_for
from djbench_shim.replaced.outside import irreplaceable_servers
from djbench_shim.replaced.replacement import RunFacts

from tests import ROOT

SQLITE, POSTGRES = "django.db.backends.sqlite3", "django.db.backends.postgresql"
TEMPORARY = {"DJBENCH_DATABASE_URL": "sqlite:////run/db.sqlite3", "DJBENCH_DATA_DIR": "/run", "DJBENCH_RUN": "r1"}
SECRET = "hunter2"
# A project that does everything against somebody's server.
REACHING: dict[str, Any] = {
    "SECRET_KEY": SECRET,
    "INSTALLED_APPS": ["django.contrib.sessions", "polls", "daphne"],
    "DATABASES": {
        "default": {
            "ENGINE": POSTGRES,
            "NAME": "shop",
            "HOST": "db.example.org",
            "USER": "shop",
            "PASSWORD": SECRET,
            "CONN_MAX_AGE": 60,
            "ATOMIC_REQUESTS": True,
            "OPTIONS": {"service": "shop", "pool": True},
        },
        "replica": {"ENGINE": POSTGRES, "NAME": "shop", "HOST": "replica.example.org", "PASSWORD": SECRET},
    },
    "DATABASE_ROUTERS": ["shop.routers.Replica"],
    "CACHES": {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": f"redis://:{SECRET}@cache.example.org:6379/1",
            "TIMEOUT": 300,
            "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
        },
        "pages": {"BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache", "LOCATION": ["10.0.0.7:11211"]},
        "files": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "/srv/cache"},
        "own": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "own"},
    },
    "SESSION_ENGINE": "django.contrib.sessions.backends.cache",
    "CHANNEL_LAYERS": {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [("10.0.0.8", 6379)]}}
    },
    "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
    "CELERY_BROKER_URL": f"amqp://shop:{SECRET}@queue.example.org//",
    "CELERY_RESULT_BACKEND": f"redis://:{SECRET}@cache.example.org/2",
    "DRAMATIQ_BROKER": {"BROKER": "dramatiq.brokers.rabbitmq.RabbitmqBroker", "OPTIONS": {"url": f"amqp://{SECRET}"}},
    "DRAMATIQ_RESULT_BACKEND": {
        "BACKEND": "dramatiq.results.backends.redis.RedisBackend",
        "BACKEND_OPTIONS": {"url": f"redis://:{SECRET}@cache.example.org"},
        "MIDDLEWARE_OPTIONS": {"result_ttl": 60000},
    },
    "HUEY": {"huey_class": "huey.RedisHuey", "name": "shop", "url": f"redis://:{SECRET}@cache.example.org"},
    "HAYSTACK_CONNECTIONS": {"default": {"ENGINE": "haystack.backends.solr_backend.SolrEngine", "URL": "http://solr"}},
    "MEDIA_ROOT": "/srv/media",
    "FILE_UPLOAD_TEMP_DIR": "/srv/tmp",
    "STORAGES": {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"secret_key": SECRET}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
        "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "/srv/private"}},
    },
    "LOGGING": {
        "version": 1,
        "handlers": {
            "file": {"class": "logging.handlers.RotatingFileHandler", "filename": "/var/log/shop/app.log"},
            "container": {"class": "logging.FileHandler", "filename": "/dev/stdout"},
            "network": {"class": "logging.handlers.SysLogHandler", "address": ("logs.example.org", 514)},
            "console": {"class": "logging.StreamHandler"},
            "admins": {"class": "django.utils.log.AdminEmailHandler", "email_backend": "anymail.backends.EmailBackend"},
        },
    },
}


def replaced(settings: dict[str, Any], **variables: str) -> dict[str, Any]:
    """The settings of a run that differ from the project's."""
    facts = RunFacts.of({**TEMPORARY, **variables})
    return {one.setting: one.value for one in replacements_for(settings, facts)}


def on_sqlite(**settings: Any) -> dict[str, Any]:
    """Settings of a project on SQLite."""
    return {"SECRET_KEY": "key", "DATABASES": {"default": {"ENGINE": SQLITE, "NAME": "/srv/db.sqlite3"}}, **settings}


@pytest.fixture
def reaching() -> dict[str, Any]:
    """What a run on PostgreSQL replaces in a project that reaches for everything."""
    return replaced(REACHING, DJBENCH_DATABASE_URL="host=/run/pg user=djbench dbname=site_1 application_name=site")


def test_the_temporary_database_keeps_engine_and_options_of_the_configured_one(reaching: dict[str, Any]) -> None:
    assert reaching["DATABASES"] == {
        "default": {
            "ENGINE": POSTGRES,
            "NAME": "site_1",
            "HOST": "/run/pg",
            "PORT": "",
            "USER": "djbench",
            "PASSWORD": "",
            "CONN_MAX_AGE": 60,
            "ATOMIC_REQUESTS": True,
            "OPTIONS": {"pool": True, "application_name": "site"},
        }
    }
    assert reaching["DATABASE_ROUTERS"] == []


def test_what_both_send_to_postgresql_at_its_start_is_sent() -> None:
    configured = {"ENGINE": POSTGRES, "OPTIONS": {"options": "-c statement_timeout=9s"}}
    url = "dbname=site options='-c search_path=place_1'"
    database = replaced({"DATABASES": {"default": configured}}, DJBENCH_DATABASE_URL=url)["DATABASES"]["default"]
    assert database["OPTIONS"] == {"options": "-c statement_timeout=9s -c search_path=place_1"}


def test_nothing_of_the_project_is_on_somebodys_server(reaching: dict[str, Any]) -> None:
    assert "example.org" not in str(reaching)
    assert "10.0.0" not in str(reaching)
    assert "/srv" not in str(reaching)
    locmem = "django.core.cache.backends.locmem.LocMemCache"
    assert {alias: cache["BACKEND"] for alias, cache in reaching["CACHES"].items()} == {
        "default": locmem,
        "pages": locmem,
        "files": "django.core.cache.backends.filebased.FileBasedCache",
        "own": locmem,
    }
    assert reaching["CACHES"]["default"]["TIMEOUT"] == 300
    assert reaching["SESSION_ENGINE"] == "django.contrib.sessions.backends.db"
    assert reaching["EMAIL_BACKEND"] == "django.core.mail.backends.dummy.EmailBackend"
    assert (reaching["CELERY_BROKER_URL"], reaching["CELERY_RESULT_BACKEND"]) == ("memory://", "disabled://")
    assert reaching["DRAMATIQ_RESULT_BACKEND"]["BACKEND"] == "dramatiq.results.backends.stub.StubBackend"
    assert reaching["STORAGES"]["default"] == {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    assert reaching["STORAGES"]["staticfiles"] is REACHING["STORAGES"]["staticfiles"]
    handlers = reaching["LOGGING"]["handlers"]
    assert handlers["file"]["filename"] == "/run/logs/shop-app.log"
    assert handlers["container"]["filename"] == "/dev/stdout"
    assert handlers["network"] == {"class": "logging.NullHandler"}
    assert handlers["admins"] == {"class": "django.utils.log.AdminEmailHandler"}


def test_the_documents_name_every_setting_that_is_replaced(reaching: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "what-a-run-replaces.md").read_text(encoding="utf-8")
    assert [name for name in reaching if f"`{name}`" not in page] == []


def test_a_project_is_not_changed_and_no_secret_is_told() -> None:
    before = json.dumps(REACHING)
    told = replacements_for(REACHING, RunFacts.of({**TEMPORARY, "DJBENCH_DATABASE_URL": "dbname=site"}))
    assert json.dumps(REACHING) == before
    assert SECRET not in str([(one.was, one.becomes) for one in told])
    assert all(one.was and one.becomes for one in told)


def test_a_project_without_services_keeps_nearly_everything() -> None:
    plain = on_sqlite(CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}})
    assert sorted(replaced(plain)) == [
        *("ASGI_APPLICATION", "DATABASES", "EMAIL_BACKEND", "MEDIA_ROOT", "STATIC_ROOT", "WSGI_APPLICATION"),
    ]


def test_without_a_run_only_what_is_served_and_mail_are_replaced() -> None:
    told = replacements_for(on_sqlite(MEDIA_ROOT="/srv/media"), RunFacts.of({}))
    assert [one.setting for one in told] == ["EMAIL_BACKEND", "WSGI_APPLICATION", "ASGI_APPLICATION"]


@pytest.mark.parametrize(
    ("engine", "url"),
    [
        (POSTGRES, "sqlite:////run/db.sqlite3"),
        ("django.db.backends.mysql", "sqlite:////run/db.sqlite3"),
        ("django.contrib.gis.db.backends.spatialite", "dbname=site"),
    ],
)
def test_a_database_of_another_kind_is_refused(engine: str, url: str) -> None:
    with pytest.raises(Refusal, match=f"the settings use {engine}, and the run made a database for"):
        replaced({"DATABASES": {"default": {"ENGINE": engine}}}, DJBENCH_DATABASE_URL=url)


@pytest.mark.parametrize("configured", [{}, {"default": {}}, {"default": {"ENGINE": "django.db.backends.dummy"}}])
def test_a_project_without_a_database_gets_one(configured: dict[str, Any]) -> None:
    database = replaced({"DATABASES": configured})["DATABASES"]["default"]
    assert (database["ENGINE"], database["NAME"]) == (SQLITE, "/run/db.sqlite3")


def test_the_redis_that_the_user_named_serves_every_cache_of_a_server() -> None:
    caches = replaced(REACHING | on_sqlite(), DJBENCH_CACHE_URL="redis://127.0.0.1:6379/3")["CACHES"]
    assert caches["default"] == {
        **REACHING["CACHES"]["default"],
        "LOCATION": "redis://127.0.0.1:6379/3",
        "KEY_PREFIX": "djbench r1 default ",
    }
    assert caches["pages"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache"
    assert caches["own"] is REACHING["CACHES"]["own"]


@pytest.mark.parametrize("value", ["redis://127.0.0.1:45123/0", "45123", "localhost:45123"])
def test_a_service_of_the_run_is_used(value: str) -> None:
    url = "redis://localhost:45123/1"
    backend = "django.core.cache.backends.redis.RedisCache"
    own = on_sqlite(CACHES={"default": {"BACKEND": backend, "LOCATION": url}}, CELERY_BROKER_URL=url)
    assert {"CACHES", "CELERY_BROKER_URL"} & replaced(
        own, DJBENCH_SERVICES="REDIS_URL", REDIS_URL=value
    ).keys() == set()
    assert {"CACHES", "CELERY_BROKER_URL"} <= replaced(own).keys()


def test_a_missing_secret_key_is_made_up() -> None:
    assert replaced(on_sqlite(SECRET_KEY=""))["SECRET_KEY"]


def test_apps_come_first_and_once() -> None:
    apps = replaced(REACHING | on_sqlite(), DJBENCH_APPS="daphne")["INSTALLED_APPS"]
    assert apps == ["daphne", "django.contrib.sessions", "polls"]


def test_settings_of_a_like_name_stay() -> None:
    alike = {"SEARCH_RESULT_BACKEND": "shop.search.Results", "CELERY_RESULT_BACKEND": "django-db", "BROKER_URL": None}
    assert not alike.keys() & replaced(on_sqlite(**alike)).keys()


def test_several_brokers_are_replaced_by_one() -> None:
    brokers = [f"amqp://shop:{SECRET}@one.example.org", "amqp://two.example.org"]
    assert replaced(on_sqlite(CELERY_BROKER_URL=brokers))["CELERY_BROKER_URL"] == "memory://"


def test_mailers_are_replaced_and_nothing_is_set_beside_them() -> None:
    console = {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    smtp = {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": {"password": SECRET}}
    assert not {"MAILERS", "EMAIL_BACKEND"} & replaced(on_sqlite(MAILERS={"default": console})).keys()
    values = replaced(on_sqlite(MAILERS={"default": console, "bulk": smtp}))
    dummy = {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    assert values["MAILERS"] == {"default": console, "bulk": dummy}
    assert "EMAIL_BACKEND" not in values


def test_tasks_stay_in_the_process_and_in_the_database() -> None:
    immediate = {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}
    database = {"BACKEND": "django_tasks.backends.database.DatabaseBackend"}
    queue = {"BACKEND": "django_tasks.backends.rq.RQBackend", "QUEUES": ["default"]}
    tasks = replaced(on_sqlite(TASKS={"default": immediate, "kept": database, "sent": queue}))["TASKS"]
    assert tasks == {
        "default": immediate,
        "kept": database,
        "sent": {"BACKEND": "django_tasks.backends.dummy.DummyBackend", "QUEUES": ["default"]},
    }


def test_session_files_go_into_the_folder_of_the_run() -> None:
    engine = "django.contrib.sessions.backends.file"
    assert replaced(on_sqlite(SESSION_ENGINE=engine))["SESSION_FILE_PATH"] == "/run/sessions"


def test_storages_in_the_settings_of_older_projects_are_replaced() -> None:
    older = on_sqlite(DEFAULT_FILE_STORAGE="storages.backends.s3boto3.S3Boto3Storage")
    assert replaced(older)["DEFAULT_FILE_STORAGE"] == "django.core.files.storage.FileSystemStorage"


def test_servers_that_nothing_replaces_are_known_by_their_addresses() -> None:
    settings = {
        "RQ_QUEUES": {
            "default": {"HOST": "localhost", "PORT": 6379, "PASSWORD": SECRET},
            "url": {"URL": f"redis://:{SECRET}@10.0.0.9:6379/1"},
            "own": {"HOST": "127.0.0.1", "PORT": 45123},
        },
        "Q_CLUSTER": {"name": "shop", "redis": {"host": "127.0.0.1", "port": 6380}},
        "CACHEOPS_REDIS": "redis://localhost:6381/1",
        "ELASTICSEARCH_DSL": {"default": {"hosts": ["localhost:9200", "localhost:9201"]}},
    }
    run = RunFacts(service_ports=frozenset({45123}))
    assert sorted(irreplaceable_servers(settings, run)) == [
        *("10.0.0.9:6379", "127.0.0.1:6380", "localhost:6379", "localhost:6381", "localhost:9200", "localhost:9201"),
    ]
    assert irreplaceable_servers(on_sqlite(Q_CLUSTER={"orm": "default"}), run) == []


def test_the_users_word_is_the_last() -> None:
    overrides = json.dumps({"EMAIL_BACKEND": "shop.mail.Backend", "DEBUG": False})
    values = replaced(on_sqlite(DEBUG=True), DJBENCH_OVERRIDES=overrides)
    assert (values["EMAIL_BACKEND"], values["DEBUG"]) == ("shop.mail.Backend", False)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ('{"DATABASES": {}}', r"\[overrides\] cannot replace DATABASES"),
        ("[]", "has to be a JSON object, not list"),
        ("{", "is no JSON"),
    ],
)
def test_overrides_that_cannot_be_followed_are_refused(overrides: str, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        replaced(on_sqlite(), DJBENCH_OVERRIDES=overrides)


def test_the_folder_of_a_run_is_absolute() -> None:
    assert RunFacts.of({"DJBENCH_DATA_DIR": "place"}).data_folder == Path.cwd() / "place"


class Untranslated:
    """A translated text before Django is set up: it cannot be read."""

    def __str__(self) -> str:
        raise AssertionError("the apps are not ready")

    __repr__ = __str__


def test_texts_that_are_translated_later_are_left_alone() -> None:
    texts = {"SITE_TITLE": Untranslated(), "LANGUAGES": [("de", Untranslated())], "MENU": {"home": Untranslated()}}
    assert not texts.keys() & replaced(REACHING | on_sqlite() | texts).keys()
