# Completion of credence-bench's arguments in bash. The program's help text says what there is.
_credence_bench() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local program=${COMP_WORDS[0]} help commands command='' word line
  help=$("$program" --help 2>/dev/null) || return
  commands=$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' <<<"$help")
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if grep -qx -- "$word" <<<"$commands"; then
      command=$word
      help=$("$program" "$command" --help 2>/dev/null)
      break
    fi
  done
  COMPREPLY=()
  # "  --option TYPE:{a,b}=a" or a command's "  argument TEXT:{a,b}"
  if [[ $previous == --* ]]; then
    line=$(grep -m1 -E -- "^  ${previous}( |$)" <<<"$help")
    [[ $line =~ ^\ *--[a-z-]+($|\ \ |\ Excludes) ]] && line='' # takes no value
  elif [[ -n $command && $current != -* ]]; then
    line=$(sed -n '/^Positionals:/,/^$/s/^  \([a-z]\)/\1/p' <<<"$help" | head -1)
  fi
  if [[ $line =~ :\{([^}]*)\} ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${BASH_REMATCH[1]//,/ }" -- "$current")
  elif [[ $line =~ ^\ *[a-z-]+\ (FILE|DIR|PATH|IMAGE|WHAT) ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  elif [[ $current == -* || -z $line ]]; then
    word=$(grep -oE '^  (-h,)?--[a-z-]+' <<<"$help" | sed 's/^ *\(-h,\)\{0,1\}//')
    [[ -z $command && $current != -* ]] && word=$commands
    mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
  fi
}
complete -F _credence_bench credence-bench
