// `xdscope proxy-config`: istioctl's tables, with its names, aliases and flags.
#include <memory>

#include <fmt/format.h>

#include "base/try.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/listing_output.h"
#include "cli/terminal.h"
#include "tables/listing.h"
#include "xdscope/tables.h"

namespace xdscope::cli {
namespace {

using tables::Columns;
using tables::Table;

struct Options {
  std::string output = "short";
  bool output_given = false;
  bool verbose = true;
  bool waypoint = false;
  bool with_headers = false;
  std::string fqdn;
  std::string direction;
  std::string subset;
  std::string address;
  std::string type;
  std::string name;
  std::string cluster;
  std::string status;
  std::uint32_t port = 0;
  InputOptions input;
  // What is asked of a running proxy, unless the table is a wide one.
  std::vector<fetch::Question> questions;

  tables::ClusterFilter cluster_filter() const { return {fqdn, direction, subset, port}; }
  tables::ListenerFilter listener_filter() const { return {address, type, port}; }
  tables::RouteFilter route_filter() const { return {name}; }
  tables::EndpointFilter endpoint_filter() const { return {address, cluster, status, port}; }
};

// What one sub-command shows of one proxy.
struct View {
  // The table, for -o short and -o wide.
  std::function<Result<Table>(const Index&, const Options&, Columns)> table;
  // The resources, for -o json and -o yaml.
  std::function<Result<void>(const Index&, const Options&, json::Writer&)> list;
};

Columns columns_of(const Options& options) {
  return options.output == "wide" ? Columns::kWide : Columns::kShort;
}

Result<void> check_output(const Options& options) {
  for (const std::string_view known : {"short", "wide", "json", "yaml"}) {
    if (options.output == known) return {};
  }
  return fail(ErrorCode::kUsage, fmt::format("output format \"{}\" not supported", options.output),
              "--output", "one of short, wide, json, yaml");
}

Result<int> run_view(const View& view, const Options& options) {
  XDSCOPE_TRY(check_output(options));
  XDSCOPE_TRY_ASSIGN(const auto snapshots, options.input.load());
  if (options.output == "json" || options.output == "yaml") {
    ListingOutput output(options.output == "yaml");
    for (const auto& snapshot : snapshots) {
      XDSCOPE_TRY(output.add(*snapshot, snapshots.size() > 1, [&](json::Writer& writer) {
        return view.list(Index(*snapshot), options, writer);
      }));
    }
    XDSCOPE_TRY(output.finish());
    for (const auto& snapshot : snapshots) report_type_problems(*snapshot);
    return kExitOk;
  }
  // Many proxies make one table with a column that names them.
  Table all;
  for (const auto& snapshot : snapshots) {
    const Index index(*snapshot);
    auto table = view.table(index, options, columns_of(options));
    if (!table) {
      // A secret section without secrets is an answer, as with istioctl.
      if (table.error().message.ends_with('.') && snapshots.size() == 1) {
        XDSCOPE_TRY(print(table.error().message + "\n"));
        return kExitOk;
      }
      if (snapshots.size() == 1) return std::unexpected(table.error());
      warn(fmt::format("{}: {}", snapshot->name(), table.error().message));
      continue;
    }
    if (snapshots.size() > 1) prepend_column(*table, "PROXY", snapshot->name());
    if (all.header.empty()) {
      all = std::move(*table);
    } else {
      std::ranges::move(table->rows, std::back_inserter(all.rows));
    }
  }
  XDSCOPE_TRY(print(tables::to_text(std::move(all))));
  for (const auto& snapshot : snapshots) report_type_problems(*snapshot);
  return kExitOk;
}

View cluster_view() {
  return {[](const Index& index, const Options& options, Columns columns) {
            return tables::clusters(index, options.cluster_filter(), columns);
          },
          [](const Index& index, const Options& options, json::Writer& out) {
            return tables::list_clusters(index, options.cluster_filter(), Columns::kShort, out);
          }};
}

View listener_view() {
  return {[](const Index& index, const Options& options, Columns columns) -> Result<Table> {
            if (options.waypoint) return tables::waypoint_listeners(index);
            if (!options.verbose) {
              return tables::listener_types(index, options.listener_filter(), columns);
            }
            return tables::listeners(index, options.listener_filter(), columns);
          },
          [](const Index& index, const Options& options, json::Writer& out) {
            return tables::list_listeners(index, options.listener_filter(), Columns::kShort, out);
          }};
}

View route_view() {
  return {[](const Index& index, const Options& options, Columns columns) -> Result<Table> {
            if (!options.verbose) {
              return tables::virtual_host_counts(index, options.route_filter(), columns);
            }
            return tables::routes(index, options.route_filter(), columns);
          },
          [](const Index& index, const Options& options, json::Writer& out) {
            return tables::list_routes(index, options.route_filter(), Columns::kShort, out);
          }};
}

View endpoint_view() {
  return {[](const Index& index, const Options& options, Columns columns) {
            return tables::endpoints(index, options.endpoint_filter(), columns);
          },
          [](const Index& index, const Options& options, json::Writer& out) {
            return tables::list_endpoints(index, options.endpoint_filter(), out);
          }};
}

void warn_without_endpoints(const Index& index) {
  if (index.snapshot().has(Section::kEndpoints)) return;
  warn(
      fmt::format("{} has no endpoints; take the dump with ?include_eds", index.snapshot().name()));
}

View eds_view() {
  return {[](const Index& index, const Options& options, Columns columns) {
            warn_without_endpoints(index);
            return tables::eds(index, options.endpoint_filter(), columns);
          },
          [](const Index& index, const Options& options, json::Writer& out) {
            warn_without_endpoints(index);
            return tables::list_eds(index, options.endpoint_filter(), out);
          }};
}

View ecds_view() {
  return {
      [](const Index& index, const Options&, Columns) { return tables::ecds(index.snapshot()); },
      [](const Index& index, const Options&, json::Writer& out) {
        return tables::list_ecds(index.snapshot(), out);
      }};
}

View secret_view() {
  return {[](const Index& index, const Options&, Columns columns) -> Result<Table> {
            XDSCOPE_TRY_ASSIGN(const std::int64_t now, current_time());
            return tables::secrets(index.snapshot(), now, columns);
          },
          [](const Index& index, const Options&, json::Writer& out) {
            return tables::write_secrets(index.snapshot(), out);
          }};
}

View bootstrap_view() {
  return {[](const Index& index, const Options&, Columns) {
            return tables::bootstrap_summary(index.snapshot());
          },
          [](const Index& index, const Options&, json::Writer& out) {
            return tables::write_bootstrap(index.snapshot(), out);
          }};
}

// The tables of `all`, in istioctl's order. A section that the input does not have is told and does
// not stop the others; where there is none at all, that is an error.
Result<int> print_all_tables(const Index& index, const Options& options) {
  const auto wide = options.output == "wide";
  const Columns columns = wide ? Columns::kWide : Columns::kAll;
  struct Part {
    const char* title;
    View view;
  };
  const Part parts[] = {{"BOOTSTRAP", bootstrap_view()}, {"CLUSTER", cluster_view()},
                        {"LISTENER", listener_view()},   {"ROUTE", route_view()},
                        {"SECRET", secret_view()},       {"ENDPOINTS", eds_view()}};
  Error last;
  bool first = true;
  for (const Part& part : parts) {
    auto table = part.view.table(index, options, columns);
    std::string text;
    if (table) {
      text = tables::to_text(std::move(*table));
    } else if (table.error().message.ends_with('.')) {
      text = table.error().message + "\n";
    } else {
      warn(table.error().message);
      last = std::move(table).error();
      continue;
    }
    if (!first) text.insert(0, "\n");
    if (options.with_headers) {
      text.insert(first ? 0 : 1, fmt::format("------ {} INFO ------\n\n", part.title));
    }
    first = false;
    XDSCOPE_TRY(print(text));
  }
  if (first) return std::unexpected(std::move(last));
  return kExitOk;
}

Result<int> run_all(const Options& options) {
  XDSCOPE_TRY(check_output(options));
  XDSCOPE_TRY_ASSIGN(const auto snapshots, options.input.load());
  if (options.output == "json" || options.output == "yaml") {
    ListingOutput output(options.output == "yaml");
    for (const auto& snapshot : snapshots) {
      XDSCOPE_TRY(output.add_whole_dump(*snapshot));
    }
    XDSCOPE_TRY(output.finish());
    return kExitOk;
  }
  int status = kExitOk;
  for (const auto& snapshot : snapshots) {
    if (snapshots.size() > 1) {
      XDSCOPE_TRY(print(fmt::format("{}====== {} ======\n\n",
                                    snapshot == snapshots.front() ? "" : "\n", snapshot->name())));
    }
    XDSCOPE_TRY_ASSIGN(const int one, print_all_tables(Index(*snapshot), options));
    status = std::max(status, one);
    report_type_problems(*snapshot);
  }
  return status;
}

struct SubCommand {
  const char* name;
  std::vector<std::string> aliases;
  const char* description;
  const char* word;  // in messages, as istioctl has it
};

class Builder {
 public:
  Builder(CLI::App& parent, Invocation& invocation, std::shared_ptr<std::string> output)
      : parent_(parent), invocation_(invocation), parent_output_(std::move(output)) {}

  std::shared_ptr<Options> add(const SubCommand& sub) {
    command_ = parent_.add_subcommand(sub.name, sub.description);
    for (const std::string& alias : sub.aliases) command_->alias(alias);
    auto options = std::make_shared<Options>();
    options->input.add_to(*command_, sub.word);
    command_->add_option("-o,--output", options->output, "One of short, wide, json, yaml")
        ->default_str("short")
        ->type_name("FORMAT");
    return options;
  }
  CLI::App& command() { return *command_; }

  void run(const std::shared_ptr<Options>& options,
           const std::function<Result<int>(const Options&)>& action) {
    CLI::App* command = command_;
    command->callback(
        [this_output = parent_output_, command, options, action, &invocation = invocation_] {
          if (command->count("--output") == 0 && !this_output->empty())
            options->output = *this_output;
          if (options->output != "wide" && !options->questions.empty()) {
            options->input.questions = options->questions;
          }
          invocation.run = [options, action] { return action(*options); };
        });
  }
  // `questions` ask a running proxy for what this view needs and no more: a mask of a large dump is
  // a hundredth of it.
  void view(const std::shared_ptr<Options>& options, const View& shown,
            std::vector<fetch::Question> questions) {
    options->questions = std::move(questions);
    run(options, [shown](const Options& given) { return run_view(shown, given); });
  }

 private:
  CLI::App& parent_;
  Invocation& invocation_;
  std::shared_ptr<std::string> parent_output_;
  CLI::App* command_ = nullptr;
};

void add_cluster_filters(CLI::App& command, Options& options) {
  command.add_option("--fqdn", options.fqdn, "Only clusters whose name contains this");
  command.add_option("--direction", options.direction, "Only this direction: inbound, outbound");
  command.add_option("--subset", options.subset, "Only clusters whose name contains this subset");
}

void add_listener_filters(CLI::App& command, Options& options) {
  command.add_option("--address", options.address, "Only this address");
  command.add_option("--type", options.type, "Only this type: HTTP, TCP, HTTP+TCP, UNKNOWN");
}

void add_port(CLI::App& command, Options& options) {
  command.add_option("--port", options.port, "Only this port")->check(CLI::Range(0, 65535));
}

void add_verbose(CLI::App& command, Options& options) {
  command.add_flag("--verbose,!--no-verbose", options.verbose,
                   "Every filter chain or route (default); --verbose=false for one row each");
}

void add_endpoint_filters(CLI::App& command, Options& options, const char* address) {
  command.add_option("--address", options.address, address);
  command.add_option("--cluster", options.cluster, "Only this cluster");
  command.add_option("--status", options.status, "Only this health: healthy, unhealthy, …");
  add_port(command, options);
}

void add_all(Builder& builder) {
  auto all = builder.add({"all", {"a"}, "Every table: clusters, listeners, routes, …", "all"});
  CLI::App& command = builder.command();
  add_cluster_filters(command, *all);
  add_listener_filters(command, *all);
  add_port(command, *all);
  add_verbose(command, *all);
  command.add_option("--name", all->name, "Only this route configuration");
  command.add_flag("--with-headers", all->with_headers, "A heading before each table");
  builder.run(all, run_all);
}

}  // namespace

void add_proxy_config_command(CLI::App& app, Invocation& invocation) {
  CLI::App* parent = app.add_subcommand("proxy-config", "istioctl's tables of what a proxy holds");
  parent->alias("pc");
  parent->require_subcommand(1);
  auto output = std::make_shared<std::string>();
  parent->add_option("-o,--output", *output, "One of short, wide, json, yaml")->type_name("FORMAT");
  // Lives as long as the program: the callbacks run after this function.
  static std::unique_ptr<Builder> keep;
  keep = std::make_unique<Builder>(*parent, invocation, output);
  Builder& builder = *keep;

  auto clusters = builder.add({"cluster", {"clusters", "c"}, "Clusters", "cluster"});
  add_cluster_filters(builder.command(), *clusters);
  add_port(builder.command(), *clusters);
  builder.view(clusters, cluster_view(), {fetch::dump_of(fetch::Part::kClusters)});

  auto listeners = builder.add({"listener", {"listeners", "l"}, "Listeners", "listener"});
  add_listener_filters(builder.command(), *listeners);
  add_port(builder.command(), *listeners);
  add_verbose(builder.command(), *listeners);
  builder.command().add_flag("--waypoint", listeners->waypoint,
                             "The filter chains of a waypoint and what leads to them");
  builder.view(listeners, listener_view(), {fetch::dump_of(fetch::Part::kListeners)});

  auto routes = builder.add({"route", {"routes", "r"}, "Route configurations", "route"});
  builder.command().add_option("--name", routes->name, "Only this route configuration");
  add_verbose(builder.command(), *routes);
  builder.view(routes, route_view(), {fetch::dump_of(fetch::Part::kRoutes)});

  auto endpoints = builder.add(
      {"endpoint", {"endpoints", "ep"}, "Endpoints, from /clusters or a dump", "endpoints"});
  add_endpoint_filters(builder.command(), *endpoints, "Only this IP");
  builder.view(endpoints, endpoint_view(), {fetch::cluster_status()});

  auto eds = builder.add({"eds", {}, "Endpoints as EDS delivered them", "eds"});
  add_endpoint_filters(builder.command(), *eds, "Only this address, ip:port");
  builder.view(eds, eds_view(), {fetch::dump_of(fetch::Part::kEndpoints)});

  auto ecds = builder.add({"ecds", {"ec"}, "Extension configurations", "ecds"});
  builder.view(ecds, ecds_view(), {fetch::dump_of(fetch::Part::kEcds)});

  auto secrets = builder.add({"secret", {"secrets", "s"}, "Secrets; never private keys", "secret"});
  builder.view(secrets, secret_view(), {fetch::dump_of(fetch::Part::kSecrets)});

  auto bootstrap = builder.add({"bootstrap", {"b"}, "The bootstrap configuration", "bootstrap"});
  bootstrap->output = "json";
  builder.view(bootstrap, bootstrap_view(), {fetch::dump_of(fetch::Part::kBootstrap)});

  add_all(builder);
  add_log_command(*parent, invocation);
}

}  // namespace xdscope::cli
