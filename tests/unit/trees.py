"""Made-up /proc and /sys trees: what some machine would say of itself."""

from collections.abc import Mapping
from pathlib import Path

CPU = "sys/devices/system/cpu"

LAPTOP: Mapping[str, str] = {
    "proc/cpuinfo": (
        "processor\t: 0\nmodel name\t: Some CPU @ 2.10GHz\nflags\t\t: fpu tsc\n\nprocessor\t: 1\nmodel name\t: other\n"
    ),
    "proc/meminfo": (
        "MemTotal:        8192000 kB\nMemFree:           99 kB\nMemAvailable:     512000 kB\n"
        "SwapTotal:       2048000 kB\nSwapFree:        1024000 kB\nHugePages_Total:       0\n"
    ),
    "proc/stat": "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 10 0 10 70 0 0 0 10 5 0\ncpu1 10 0 10 80 0 0 0 0 0 0\nintr 5\n",
    "proc/sys/net/core/somaxconn": "4096\n",
    "proc/sys/kernel/random/boot_id": "SECRET-BOOT\n",
    f"{CPU}/smt/active": "1\n",
    f"{CPU}/cpu0/topology/thread_siblings_list": "0-1\n",
    f"{CPU}/cpu1/topology/thread_siblings_list": "0-1\n",
    f"{CPU}/cpu2/topology/thread_siblings_list": "2,4\n",
    f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave\n",
    f"{CPU}/cpu1/cpufreq/scaling_governor": "performance\n",
    f"{CPU}/intel_pstate/no_turbo": "0\n",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n",
    "sys/class/dmi/id/sys_vendor": "LENOVO\n",
    "sys/class/dmi/id/product_name": "20XW\n",
    "sys/class/dmi/id/product_serial": "SECRET-SERIAL\n",
    "sys/class/dmi/id/product_uuid": "SECRET-UUID\n",
    "sys/class/power_supply/AC/type": "Mains\n",
    "sys/class/power_supply/AC/online": "0\n",
    "sys/class/power_supply/BAT0/type": "Battery\n",
    "sys/class/power_supply/BAT0/status": "Discharging\n",
}


def a_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write the files below ``root``."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
