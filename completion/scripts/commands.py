"""Programs that are on most machines or that everybody knows by name, for the shell: what a command may be called.

A name that is not here may well exist; it only cannot be told without looking at the machine.
"""

from __future__ import annotations

BUILTINS = frozenset(
    ". : [ [[ alias bg bind break builtin caller cd command compgen complete continue declare dirs disown echo enable "
    "eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd "
    "pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask "
    "unalias unset wait".split()
)

COMMON = frozenset(
    # Files and texts.
    "awk base64 basename bat b2sum bunzip2 bzcat bzip2 cat chattr chgrp chmod chown cksum cmp column comm cp cpio csplit "
    "cut dd df diff dir dirname dos2unix du ed egrep expand expr fdupes fgrep file find flock fmt fold gawk grep gunzip gzip "
    "head hexdump iconv install join less link ln ls lsattr lz4 md5sum mkdir mkfifo mktemp more mv nl od paste patch "
    "pax pr pv realpath readlink rename rev rg rm rmdir rsync sed seq sha1sum sha256sum sha512sum shred shuf sort split "
    "stat strings sum tac tail tar tee touch tr tree truncate tsort unexpand uniq unix2dos unlink unxz unzip vim nano vi "
    "wc xargs xxd xz xzcat yes zcat zgrep zip zstd fd fzf jq yq xmllint "
    # The machine.
    "arch at blkid cal chroot chsh crontab date dmesg env fdisk free fsck fuser groupadd groupdel groupmod groups "
    "hostname hostnamectl htop id init insmod ionice iostat ipcs journalctl killall last lastlog ldconfig ldd locale "
    "localectl locate logger logrotate lsblk lscpu lsmod lsof lspci lsusb man mkfs mkswap modprobe mount mountpoint nice "
    "nohup nproc passwd pgrep pidof pkill poweroff ps pstree reboot renice rmmod runuser screen service setfacl getfacl "
    "setsid shutdown sleep strace su sudo doas swapoff swapon sync sysctl systemctl timedatectl timeout time tmux top tput "
    "tty ulimit umount uname uptime useradd userdel usermod users vmstat w watch whereis which who whoami losetup parted "
    # The network.
    "arp curl dig ethtool ftp host ifconfig ip ip6tables iptables nc netcat netstat nft nmap nslookup openssl ping "
    "route scp sftp socat ss ssh ssh-add ssh-agent ssh-copy-id ssh-keygen ssh-keyscan tcpdump telnet tracepath traceroute "
    "ufw wget whois gpg "
    # Packages, languages and builds.
    "apk apt apt-cache apt-get apt-key brew bundle cargo cmake composer conda dnf dpkg flatpak gcc g++ gem go gradle java "
    "javac ld make mvn ninja node npm npx pacman perl php pip pip3 pipx pnpm poetry python python3 rpm ruby rustc rustup "
    "snap uv yarn yum zypper add-apt-repository update-alternatives "
    # Containers, clouds, databases and the like.
    "ansible ansible-playbook aws az docker docker-compose gcloud gh git helm helmfile kubectl kustomize minikube kind "
    "mongo mongodump mongosh mysql mysqldump pg_dump pg_restore pg_isready podman psql redis-cli rclone restic sqlite3 "
    "terraform vault ffmpeg convert identify "
    # Shells and what is nearly one.
    "ash bash bc busybox clear cron dash dc echo envsubst false getconf getent getopt gettext ksh mail nsenter printenv "
    "printf pwd sendmail sh stdbuf stty tclsh test true tsc unshare watch zsh".split()
)  # fmt: skip
