#compdef cxr
# Completes command lines of cxr in zsh. Load it by: source <(cxr completion zsh)
_cxr() {
    local line="${(j: :)words[1,CURRENT]}" word="${words[CURRENT]}" candidate
    local -a candidates
    for candidate in "${(@f)$("${words[1]/#\~/$HOME}" "[suggest:${#line}]" "$line" 2>/dev/null)}"; do
        # Options are offered behind a dash; without one, names of files are more likely to be wanted.
        [[ -n "$candidate" && "$candidate" == "$word"* && ( "$candidate" != -* || "$word" == -* ) ]] && candidates+=("$candidate")
    done
    # Where the tool has nothing to offer, the shell completes names of files.
    if (( ${#candidates} )); then compadd -- "${candidates[@]}"; else _files; fi
}
(( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit; }
compdef _cxr cxr
