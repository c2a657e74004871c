// `xdscope proxy-config log`: Envoy's log levels, shown and set.
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/fetch_options.h"
#include "cli/terminal.h"
#include "fetch/cleanup.h"
#include "fetch/log_levels.h"
#include "fetch/session.h"
#include "json/document.h"

namespace xdscope::cli {
namespace {

struct Options {
  FetchOptions fetch;
  std::string level;
  std::string output;
  bool reset = false;
};

Result<void> check(const Options& options) {
  if (!options.fetch.given()) {
    return fail(ErrorCode::kUsage, "log requires pod name or --selector", {}, "or --admin-url URL");
  }
  if (options.reset && !options.level.empty()) {
    return fail(ErrorCode::kUsage, "--level cannot be combined with --reset");
  }
  if (!options.output.empty() && options.output != "short") {
    return fail(ErrorCode::kUsage, "--output is not applicable for this command");
  }
  return {};
}

// What --reset sets: the level that the sidecar injector starts proxies with, as istioctl does.
std::string default_level(const Proxies& proxies, const fetch::Limits& limits) {
  constexpr const char* kWarning = "warning";
  if (!proxies.kubectl) return kWarning;
  const auto map =
      proxies.kubectl->get("configmap/istio-sidecar-injector", "istio-system", {}, limits);
  if (map && !(*map)->roots().empty()) {
    const std::string_view values = (*map)->roots().front().at("data").at("values").text();
    const auto parsed = json::Document::parse(Buffer(values), "istio-sidecar-injector");
    if (parsed && !(*parsed)->roots().empty()) {
      const json::Value proxy = (*parsed)->roots().front().at("global").at("proxy");
      const std::string_view level = fetch::known_level(proxy.at("logLevel").text());
      if (!level.empty()) return std::string(level);
    }
  }
  warn(
      "cannot read the proxies' log level from the ConfigMap istio-sidecar-injector; warning is "
      "set");
  return kWarning;
}

Result<std::string> set_levels(const fetch::Source& source, const Proxies& proxies,
                               const std::string& level, const fetch::Limits& limits) {
  Result<fetch::Session> session =
      std::holds_alternative<fetch::Pod>(source.at)
          ? fetch::Session::to_pod(*proxies.kubectl, std::get<fetch::Pod>(source.at), limits)
          : Result<fetch::Session>(
                fetch::Session::to_address(std::get<fetch::AdminAddress>(source.at), limits));
  if (!session) return std::unexpected(session.error());
  const auto post = [&](const std::string& path) {
    return session->ask(fetch::Method::kPost, path, fetch::Expect::kText);
  };
  XDSCOPE_TRY_ASSIGN(Buffer reply, post("/logging"));
  if (level.empty()) return std::string(reply.view());
  XDSCOPE_TRY_ASSIGN(const auto queries, fetch::log_queries(level, reply.view()));
  for (const std::string& query : queries) {
    XDSCOPE_TRY_ASSIGN(reply, post("/logging?" + query));
  }
  return std::string(reply.view());
}

// Envoy's lines keep their breaks; whatever else could steer a terminal does not.
std::string shown(std::string_view reply) {
  std::string text;
  for (const std::string_view line : split(reply, '\n')) text += printable(line) + "\n";
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

Result<int> run_log(const Options& options) {
  XDSCOPE_TRY(check(options));
  const fetch::SignalGuard guard;
  XDSCOPE_TRY_ASSIGN(const Proxies proxies, options.fetch.find());
  const fetch::Limits limits = options.fetch.limits();
  const std::string level = options.reset ? default_level(proxies, limits) : options.level;
  std::vector<Error> failed = proxies.failed;
  for (const fetch::Source& source : proxies.sources) {
    auto reply = set_levels(source, proxies, level, limits);
    if (!reply) {
      // A wrong level is wrong for every proxy.
      if (reply.error().code == ErrorCode::kUsage) return std::unexpected(reply.error());
      failed.push_back(std::move(reply.error()));
      continue;
    }
    XDSCOPE_TRY(print(fmt::format("{}:\n{}", printable(source.name), shown(*reply))));
  }
  for (const Error& error : failed) print_error(error);
  return failed.empty() ? kExitOk : kExitFetch;
}

}  // namespace

void add_log_command(CLI::App& parent, Invocation& invocation) {
  CLI::App* command = parent.add_subcommand("log", "Log levels of a running Envoy, shown or set");
  command->alias("o");
  auto options = std::make_shared<Options>();
  options->fetch.add_to(*command);
  command->add_option(
      "--level", options->level,
      "LEVEL for every logger, or LOGGER:LEVEL,LOGGER:LEVEL,…; levels are trace, debug, "
      "info, warning, error, critical, off");
  command->add_flag("-r,--reset", options->reset, "Back to the level the proxies start with");
  command->add_option("-o,--output", options->output, "Not applicable: short only")
      ->type_name("FORMAT");
  command->callback([options, &parent, &invocation] {
    if (options->output.empty() && parent.count("--output") != 0) {
      options->output = parent.get_option("--output")->as<std::string>();
    }
    invocation.run = [options] { return run_log(*options); };
  });
}

}  // namespace xdscope::cli
