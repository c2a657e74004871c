// Completion scripts, made from the commands and flags themselves.
#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/terminal.h"

namespace xdscope::cli {
namespace {

struct Words {
  std::string path;  // "proxy-config cluster", "" for the top
  std::vector<std::string> commands;
  std::vector<std::string> flags;
};

void collect(const CLI::App& app, const std::string& path, std::vector<Words>& all) {
  Words words{path, {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.flags.push_back("--" + name);
    for (const std::string& name : option->get_snames()) words.flags.push_back("-" + name);
  }
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : commands) {
    words.commands.push_back(command->get_name());
    for (const std::string& alias : command->get_aliases()) words.commands.push_back(alias);
  }
  all.push_back(words);
  for (const CLI::App* command : commands) {
    std::vector<std::string> names = command->get_aliases();
    names.push_back(command->get_name());
    for (const std::string& name : names) {
      collect(*command, path.empty() ? name : fmt::format("{} {}", path, name), all);
    }
  }
}

std::string join(const Words& words) {
  std::string out;
  for (const auto* list : {&words.commands, &words.flags}) {
    for (const std::string& word : *list) out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

// bash and, through bashcompinit, zsh: a table from the words typed so far to those that may
// follow.
std::string bash_script(const std::vector<Words>& all) {
  std::string cases;
  for (const Words& words : all) {
    cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", words.path, join(words));
  }
  return fmt::format(R"SCRIPT(_xdscope() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path="" words="" word next
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) continue ;; esac
    next="${{path:+$path }}$word"
    case " $(_xdscope_words "$path") " in *" $word "*) path="$next" ;; esac
  done
  COMPREPLY=($(compgen -W "$(_xdscope_words "$path")" -- "$current"))
}}
_xdscope_words() {{
  local words=""
  case "$1" in
{}  esac
  printf '%s' "$words"
}}
complete -o default -F _xdscope xdscope
)SCRIPT",
                     cases);
}

std::string fish_script(const std::vector<Words>& all) {
  std::string out = "complete -c xdscope -e\n";
  for (const Words& words : all) {
    std::string condition = "__fish_use_subcommand";
    if (!words.path.empty()) {
      condition.clear();
      for (const std::string_view word : split(words.path, ' ')) {
        condition += fmt::format("{}__fish_seen_subcommand_from {}",
                                 condition.empty() ? "" : "; and ", word);
      }
    }
    for (const std::string& command : words.commands) {
      out += fmt::format("complete -c xdscope -n '{}' -f -a {}\n", condition, command);
    }
    for (const std::string& flag : words.flags) {
      const bool is_long = flag.starts_with("--");
      out += fmt::format("complete -c xdscope -n '{}' {} {}\n", condition, is_long ? "-l" : "-s",
                         flag.substr(is_long ? 2 : 1));
    }
  }
  return out;
}

}  // namespace

void add_completion_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &invocation, shell] {
    invocation.run = [&app, shell]() -> Result<int> {
      std::vector<Words> all;
      collect(app, "", all);
      std::string script = *shell == "fish" ? fish_script(all) : bash_script(all);
      if (*shell == "zsh") script = "autoload -U +X bashcompinit && bashcompinit\n" + script;
      XDSCOPE_TRY(print(script));
      return kExitOk;
    };
  });
}

}  // namespace xdscope::cli
