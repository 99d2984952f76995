# Two functions of the package bash-completion, for shells that have not loaded it.
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    # _get_comp_words_by_ref -n CHARS cur prev words cword: what stands on the line, without a break at CHARS.
    _get_comp_words_by_ref()
    {
        local chars=$2 line=$COMP_LINE i word joined=
        words=() cword=0
        for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
            word=${COMP_WORDS[i]}
            if ((i > 0)) && [[ $line != [[:space:]]* && ( $word == ["$chars"]* || $joined == *["$chars"] ) ]]; then
                words[${#words[@]}-1]+=$word
            else
                words+=("$word")
            fi
            joined=${words[${#words[@]}-1]}
            line=${line#"${line%%[![:space:]]*}"}
            line=${line#"$word"}
            ((i == COMP_CWORD)) && cword=$((${#words[@]} - 1))
        done
        cur=${words[cword]} prev=
        ((cword > 0)) && prev=${words[cword-1]}
        return 0
    }
fi
if ! declare -F _filedir >/dev/null; then
    # _filedir [-d | EXTENSION|EXTENSION...]: directories, and files with such an ending.
    _filedir()
    {
        local path ending IFS=$'\n'
        compopt -o filenames 2>/dev/null
        for path in $(compgen -f -- "$cur"); do
            if [[ -d $path || -z ${1-} ]]; then
                COMPREPLY+=("$path")
                continue
            fi
            local IFS='|'
            for ending in $1; do
                [[ -n $ending && $path == *."$ending" ]] && COMPREPLY+=("$path")
            done
        done
        return 0
    }
fi

