# Completes command lines of cxr in bash. Load it by: source <(cxr completion bash)
_cxr_complete() {
    local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" program="${1/#\~/$HOME}" candidate
    COMPREPLY=()
    for candidate in $("$program" "[suggest:${#line}]" "$line" 2>/dev/null); do
        # Options are offered behind a dash; without one, names of files are more likely to be wanted.
        [[ "$candidate" == "$word"* && ( "$candidate" != -* || "$word" == -* ) ]] && COMPREPLY+=("$candidate")
    done
}
# Where the tool has nothing to offer, the shell completes names of files.
complete -o default -F _cxr_complete cxr
