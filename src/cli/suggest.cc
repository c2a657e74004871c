#include "cli/suggest.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace xdscope::cli {
namespace {

// The command that was being parsed: the innermost one that the words name.
const CLI::App* innermost(const CLI::App* app) {
  while (true) {
    const auto parsed = app->get_subcommands();
    if (parsed.empty()) return app;
    app = parsed.front();
  }
}

std::vector<std::string> known_words(const CLI::App* app, bool options) {
  std::vector<std::string> words;
  if (!options) {
    for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; })) {
      words.push_back(command->get_name());
      for (const std::string& alias : command->get_aliases()) words.push_back(alias);
    }
    return words;
  }
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    }
  }
  return words;
}

std::string closest(const std::string& word, const std::vector<std::string>& words) {
  std::string best;
  std::size_t distance = word.size() / 3 + 2;
  for (const std::string& candidate : words) {
    if (const std::size_t d = edit_distance(word, candidate); d < distance) {
      distance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = innermost(&app);
  std::string path = command->get_name();
  for (const CLI::App* parent = command->get_parent(); parent != nullptr;
       parent = parent->get_parent()) {
    path = fmt::format("{} {}", parent->get_name(), path);
  }
  const std::string help = path + " --help";
  const auto unknown = app.remaining(true);
  if (unknown.empty()) {
    // CLI11's own texts end in a line break where the option has a long name.
    return {ErrorCode::kUsage, std::string(trim(error.what())), {}, help};
  }
  const std::string& word = unknown.front();
  const bool is_option = word.starts_with('-') && word.size() > 1;
  const std::string name = word.substr(0, word.find('='));
  const std::string meant = closest(name, known_words(command, is_option));
  return {ErrorCode::kUsage,
          fmt::format("unknown {}: {}", is_option ? "flag" : "command", word),
          {},
          meant.empty() ? help : fmt::format("{} (or see {})", meant, help)};
}

}  // namespace xdscope::cli
