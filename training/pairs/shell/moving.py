"""Archives, copies and backups."""

from __future__ import annotations

from training.pairs.shell.recipes import recipe

LOOP = "for «item» in «dir»/*.«ext»; do\n    "

INTENTS = (
    recipe("create-archive",
        ("<compress> «dir» into «archive»", "<make> «archive» from «dir»", "tarball of «dir» as «archive»"), ("tar -czf «archive» «dir»", "tar czf «archive» «dir»")),
    recipe("archive-excluding",
        ("<compress> «dir» into «archive» without .«ext» files", "<make> «archive» from «dir», leaving out *.«ext»"), ("tar -czf «archive» --exclude='*.«ext»' «dir»",)),
    recipe("dated-archive",
        ("backup of «dir» with today's date in the name, into «dir2»", "<compress> «dir» into a dated archive in «dir2»"), ("tar -czf «dir2»/\"backup-$(date +%F).tar.gz\" «dir»", "tar -czf «dir2»/\"backup-$(date +%Y%m%d).tar.gz\" «dir»")),
    recipe("extract-archive",
        ("<extract> «archive» into «dir»", "unpack «archive» to «dir»"), ("tar -xzf «archive» -C «dir»", "mkdir -p «dir»\ntar -xzf «archive» -C «dir»")),
    recipe("list-archive",
        ("<list> the contents of «archive»", "what is inside «archive»"), ("tar -tzf «archive»",)),
    recipe("compress-old-logs",
        ("gzip .«ext» files in «dir» older than «days» days", "compress «ext» files in «dir» that are older than «days» days"), ("find «dir» -type f -name '*.«ext»' -mtime +«days» -exec gzip {} +",)),
    recipe("sync-directories",
        ("<sync> «dir» to «dir2»«delete»", "rsync «dir» into «dir2»«delete»"), ("rsync -a«delete» «dir»/ «dir2»/",), {"delete": (("", ""), (" and delete what is gone", " --delete"), (", showing progress", " --info=progress2"), (" as a dry run", " --dry-run"))}),
    recipe("sync-to-host",
        ("<sync> «dir» to «path» on «host» as «user»", "upload «dir» to «user»@«host»:«path» with rsync"), ("rsync -az «dir»/ «user»@«host»:«path»/",), {"path": (("/srv/www", "/srv/www"), ("/var/backups", "/var/backups"), ("/opt/app", "/opt/app"))}),
    recipe("copy-with-structure",
        ("<copy> all .«ext» files from «dir» to «dir2» keeping the directories", "<copy> «ext» files of «dir» into «dir2» with their folder structure"), ("rsync -a --include='*/' --include='*.«ext»' --exclude='*' «dir»/ «dir2»/",)),
    recipe("rename-extension",
        ("<rename> all .«ext» files in «dir» to .«ext2»", "change the extension «ext» to «ext2» in «dir»"), (LOOP + "mv -- \"$«item»\" \"${«item»%.«ext»}.«ext2»\"\ndone",)),
    recipe("add-prefix",
        ("add the prefix «slug»- to every .«ext» file in «dir»", "prefix all «ext» files in «dir» with «slug»-"), (LOOP + "mv -- \"$«item»\" \"$(dirname \"$«item»\")/«slug»-$(basename \"$«item»\")\"\ndone",)),
    recipe("names-to-lower",
        ("<rename> all files in «dir» to lower case", "lower case file names in «dir»"), ("for «item» in «dir»/*; do\n    lower=$(basename \"$«item»\" | tr '[:upper:]' '[:lower:]')\n    mv -n -- \"$«item»\" \"$(dirname \"$«item»\")/$lower\"\ndone",)),
    recipe("names-without-spaces",
        ("<replace> spaces in file names in «dir» with underscores", "file names in «dir» must not have blanks, use underscores"), ("for «item» in «dir»/*\\ *; do\n    name=$(basename \"$«item»\")\n    mv -n -- \"$«item»\" \"$(dirname \"$«item»\")/${name// /_}\"\ndone",)),
    recipe("backup-file",
        ("<copy> «file» to a backup with a timestamp", "timestamped copy of «file» before changing it"), ("cp -p «file» «file».\"$(date +%Y%m%d%H%M%S)\"", "cp -p «file» «file».\"$(date +%s)\".bak")),
    recipe("move-files",
        ("move all .«ext» files from «dir» to «dir2»", "«ext» files in «dir» go to «dir2»"), ("mv «dir»/*.«ext» «dir2»/", "mkdir -p «dir2»\nmv «dir»/*.«ext» «dir2»/")),
    recipe("make-directories",
        ("<make> «dir» if it is missing", "make sure «dir» exists", "<make> the directory «dir» with parents"), ("mkdir -p «dir»",)),
    recipe("symlink-current",
        ("point the symlink current to «dir»", "make current a link to «dir»"), ("ln -sfn «dir» current",)),
    recipe("zip-directory",
        ("zip «dir» into «slug».zip", "<make> «slug».zip from «dir»"), ("zip -qr «slug».zip «dir»", "zip -r «slug».zip «dir»")),
    recipe("convert-images",
        ("convert all .«ext» images in «dir» to webp", "make a webp of every «ext» in «dir»"), (LOOP + "cwebp -quiet \"$«item»\" -o \"${«item»%.«ext»}.webp\"\ndone",)),
    recipe("checksum-file",
        ("<write> sha256 checksums of the .«ext» files in «dir» to «slug».sha256", "checksum file «slug».sha256 for all «ext» files in «dir»"), ("sha256sum «dir»/*.«ext» > «slug».sha256",)),
    recipe("encrypt-archive",
        ("<compress> «dir» and encrypt it with gpg for «user»@example.com into «archive».gpg", "gpg encrypted tarball of «dir» for «user»@example.com, called «archive».gpg"), ("tar -cz «dir» | gpg --encrypt --recipient «user»@example.com --output «archive».gpg",)),
)  # fmt: skip
