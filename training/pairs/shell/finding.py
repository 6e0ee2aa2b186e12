"""Finding, counting and removing files."""

from __future__ import annotations

from training.pairs.shell.recipes import recipe

AGE = {
    "age": (("older than", "+"), ("not modified in the last", "+"), ("changed in the last", "-"), ("newer than", "-"))
}
SORTS = {"what": (("largest", "sort -rh"), ("biggest", "sort -rh"), ("smallest", "sort -h"))}

INTENTS = (
    recipe("find-by-age",
        ("<find> [all |].«ext» files in «dir» «age» «days» days", "«ext» files «age» «days» days in «dir»", "~which .«ext» files under «dir» are «age» «days» days"),
        ("find «dir» -type f -name ⟦'*.«ext»'¦\"*.«ext»\"⟧ -mtime «age»«days»",), AGE),
    recipe("delete-by-age",
        ("<remove> .«ext» files in «dir» older than «days» days", "<remove> [all |]«ext» files older than «days» days [from|in] «dir»", "keep only «days» days of «ext» files in «dir»"),
        ("find «dir» -type f -name ⟦'*.«ext»'¦\"*.«ext»\"⟧ -mtime +«days» -delete",)),
    recipe("find-by-size",
        ("<find> files in «dir» [larger|bigger] than «size»", "files over «size» [in|below|under] «dir»", "~what takes more than «size» under «dir»"),
        ("find «dir» -type f -size +«size»", "find «dir» -type f -size +«size» -exec ls -lh {} +")),
    recipe("find-empty",
        ("<find> empty «kind» in «dir»", "empty «kind» [below|under] «dir»"), ("find «dir» -type «kind» -empty",), {"kind": (("files", "f"), ("directories", "d"))}),
    recipe("remove-empty-directories",
        ("<remove> empty directories [below|under|in] «dir»",), ("find «dir» -mindepth 1 -type d -empty -delete",)),
    recipe("find-recent",
        ("<find> files in «dir» changed in the last «minutes» minutes", "files modified within «minutes» minutes in «dir»"), ("find «dir» -type f -mmin -«minutes»",)),
    recipe("count-files",
        ("<count> the .«ext» files in «dir»", "how many «ext» files are [in|below|under] «dir»", "number of .«ext» files in «dir»"),
        ("find «dir» -type f -name ⟦'*.«ext»'¦\"*.«ext»\"⟧ | wc -l",)),
    recipe("largest-directories",
        ("<print> the «n» «what» directories in «dir»", "«n» «what» directories of «dir»"), ("du -sh «dir»/*/ | «what» | head -n «n»",), SORTS),
    recipe("largest-files",
        ("<print> the «n» <biggest> files [below|under|in] «dir»", "top «n» files by size in «dir»"),
        ("find «dir» -type f -printf '%s %p\\n' | sort -rn | head -n «n»", "find «dir» -type f -exec du -h {} + | sort -rh | head -n «n»")),
    recipe("newest-file",
        ("<find> the <newest> .«ext» file in «dir» and keep it in latest", "latest = most recent «ext» file of «dir»"),
        ("latest=$(find «dir» -type f -name '*.«ext»' -printf '%T@ %p\\n' | sort -rn | head -n 1 | cut -d' ' -f2-)\necho \"$latest\"",)),
    recipe("keep-newest",
        ("keep the «n» <newest> .«ext» files in «dir» and <remove> the [rest|others]", "<remove> all but the «n» <newest> «ext» files in «dir»"),
        ("find «dir» -maxdepth 1 -type f -name '*.«ext»' -printf '%T@ %p\\n' | sort -rn | tail -n +«n» | cut -d' ' -f2- | xargs -r -d '\\n' rm --",)),
    recipe("find-owned",
        ("<find> files in «dir» owned by «user»", "files of user «user» [below|in] «dir»"), ("find «dir» -user «user» -type f",)),
    recipe("find-broken-links",
        ("<find> broken symlinks in «dir»", "dangling symbolic links [below|under] «dir»"), ("find «dir» -xtype l",)),
    recipe("disk-usage",
        ("<print> the [total |]size of «dir»", "how much space does «dir» take", "disk usage of «dir»"), ("du -sh «dir»",)),
    recipe("fix-permissions",
        ("<set> [the |]permissions in «dir» to «files» for files and «dirs» for directories", "files in «dir» get mode «files», directories «dirs»"),
        ("find «dir» -type f -exec chmod «files» {} +\nfind «dir» -type d -exec chmod «dirs» {} +",), {"files": (("644", "644"), ("640", "640"), ("600", "600"), ("664", "664")), "dirs": (("755", "755"), ("750", "750"), ("700", "700"), ("775", "775"))}),
    recipe("change-owner",
        ("<set> the owner of «dir» to «user» recursively", "make «user» the owner of everything in «dir»", "give «dir» to «user»"), ("chown -R «user»:«user» «dir»",)),
    recipe("find-duplicates",
        ("<find> duplicate files in «dir» by checksum", "files with the same content in «dir»"), ("find «dir» -type f -exec ⟦sha256sum¦md5sum⟧ {} + | sort | uniq -w32 -D",)),
    recipe("list-extensions",
        ("<count> files per extension in «dir»", "which file extensions are in «dir» and how many of each"), ("find «dir» -type f -name '*.*' | sed 's/.*\\.//' | sort | uniq -c | sort -rn",)),
)  # fmt: skip
