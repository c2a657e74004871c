// `xdscope proxy-config`: istioctl's tables, with its names, aliases and flags.
#include <memory>

#include "cli/command.h"
#include "cli/proxy_config_output.h"
#include "cli/proxy_config_views.h"

namespace xdscope::cli {
namespace {

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

  std::shared_ptr<ProxyConfigOptions> add(const SubCommand& sub) {
    command_ = parent_.add_subcommand(sub.name, sub.description);
    for (const std::string& alias : sub.aliases) command_->alias(alias);
    auto options = std::make_shared<ProxyConfigOptions>();
    options->input.add_to(*command_, sub.word);
    command_->add_option("-o,--output", options->output, "One of short, wide, json, yaml")
        ->default_str("short")
        ->type_name("FORMAT");
    return options;
  }
  CLI::App& command() { return *command_; }

  void run(const std::shared_ptr<ProxyConfigOptions>& options,
           const std::function<Result<int>(const ProxyConfigOptions&)>& action) {
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
  void view(const std::shared_ptr<ProxyConfigOptions>& options, const View& shown,
            std::vector<fetch::Question> questions) {
    options->questions = std::move(questions);
    run(options, [shown](const ProxyConfigOptions& given) { return run_view(shown, given); });
  }

 private:
  CLI::App& parent_;
  Invocation& invocation_;
  std::shared_ptr<std::string> parent_output_;
  CLI::App* command_ = nullptr;
};

void add_cluster_filters(CLI::App& command, ProxyConfigOptions& options) {
  command.add_option("--fqdn", options.fqdn, "Only clusters whose name contains this");
  command.add_option("--direction", options.direction, "Only this direction: inbound, outbound");
  command.add_option("--subset", options.subset, "Only clusters whose name contains this subset");
}

void add_listener_filters(CLI::App& command, ProxyConfigOptions& options) {
  command.add_option("--address", options.address, "Only this address");
  command.add_option("--type", options.type, "Only this type: HTTP, TCP, HTTP+TCP, UNKNOWN");
}

void add_port(CLI::App& command, ProxyConfigOptions& options) {
  command.add_option("--port", options.port, "Only this port")->check(CLI::Range(0, 65535));
}

void add_verbose(CLI::App& command, ProxyConfigOptions& options) {
  command.add_flag("--verbose,!--no-verbose", options.verbose,
                   "Every filter chain or route (default); --verbose=false for one row each");
}

void add_endpoint_filters(CLI::App& command, ProxyConfigOptions& options, const char* address) {
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
  Builder builder(*parent, invocation, output);

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
