import type { Shell } from './words.ts';

// The program is called by the word that stands on the line, so an alias or a path works, too. It offers only words of
// plain characters, and no shell evaluates them.
const BASH = `_gpu_cloud_mcp() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" word
  COMPREPLY=()
  while IFS= read -r word; do
    [[ "$word" == "$cur"* ]] && COMPREPLY+=("$word")
  done < <("\${COMP_WORDS[0]}" completion-words -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
}
complete -F _gpu_cloud_mcp gpu-cloud-mcp
`;

const ZSH = `#compdef gpu-cloud-mcp
_gpu_cloud_mcp() {
  local -a offered
  offered=("\${(@f)$("\${words[1]}" completion-words -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  compadd -- $offered
}
compdef _gpu_cloud_mcp gpu-cloud-mcp
`;

const FISH = `function __gpu_cloud_mcp
  set -l typed (commandline -opc)
  $typed[1] completion-words -- $typed[2..-1] 2>/dev/null
end
complete -c gpu-cloud-mcp -f -a '(__gpu_cloud_mcp)'
`;

/** The script of each shell. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
