#include "cli/fetch_options.h"

#include <chrono>
#include <cstdio>

#include <unistd.h>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "cli/terminal.h"
#include "fetch/cleanup.h"

namespace xdscope::cli {
namespace {

bool incomplete = false;

// "12 of 40 proxies" on one line of a terminal.
class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), shown_(isatty(STDERR_FILENO) == 1) {
    show();
  }
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(bool failed) {
    ++done_;
    if (failed) ++failed_;
    show();
  }

 private:
  void show() const {
    if (!shown_) return;
    fmt::print(stderr, "\r\x1b[Kfetching: {} of {} {}", done_, total_,
               total_ == 1 ? "proxy" : "proxies");
    if (failed_ != 0) fmt::print(stderr, ", {} failed", failed_);
    std::fflush(stderr);
  }

  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  bool shown_;
};

std::chrono::milliseconds to_time(double seconds) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double>(seconds));
}

Error naming(Error error, const std::string& proxy) {
  if (error.where.find(proxy) == std::string::npos) {
    error.where = error.where.empty() ? proxy : fmt::format("{}, {}", proxy, error.where);
  }
  return error;
}

// What failed, at the end; the only one as the error itself.
Result<void> conclude(std::vector<Error> failed, std::size_t fetched) {
  if (failed.empty()) return {};
  if (fetched == 0 && failed.size() == 1) return std::unexpected(std::move(failed.front()));
  for (const Error& error : failed) print_error(error);
  incomplete = true;
  if (fetched != 0) {
    warn(fmt::format("{} of {} proxies could not be fetched; the others follow", failed.size(),
                     failed.size() + fetched));
    return {};
  }
  return fail(failed.front().code,
              fmt::format("none of {} proxies could be fetched", failed.size()));
}

}  // namespace

bool is_fetch_incomplete() { return incomplete; }

void FetchOptions::add_to(CLI::App& command) {
  add_target_to(command);
  add_flags_to(command);
}

void FetchOptions::add_target_to(CLI::App& command) {
  command
      .add_option("target", targets, "Pod, or object that selects pods: [TYPE/]NAME[.NAMESPACE]")
      ->type_name("TARGET");
}

void FetchOptions::add_flags_to(CLI::App& command) {
  constexpr const char* kGroup = "Reading from running proxies";
  const auto option = [&](const char* flags, auto& value, const char* text, const char* type) {
    return command.add_option(flags, value, text)->type_name(type)->group(kGroup);
  };
  option("--admin-url", admin_urls, "Admin port: http://HOST:PORT or unix:///PATH", "URL");
  option("-n,--namespace", kubectl.namespace_, "Namespace of the pods", "NAMESPACE");
  option("-l,--selector", selector, "Every pod with a proxy that has these labels", "SELECTOR");
  command.add_flag("-A,--all-namespaces", all_namespaces, "Pods of every namespace")->group(kGroup);
  option("--context", kubectl.context, "Context of the kubectl configuration", "NAME");
  option("-c,--kubeconfig", kubectl.kubeconfig, "kubectl's configuration file", "PATH");
  option("--proxy-admin-port", admin_port, "Envoy's admin port in the pod (15000)", "PORT")
      ->check(CLI::Range(1, 65535));
  option("-j,--jobs", jobs, "How many proxies to ask at a time (4)", "N")
      ->check(CLI::Range(1, 256));
  option("--connect-timeout", connect_seconds, "For a connection (10)", "SECONDS")
      ->check(CLI::Range(0.001, 86400.0));
  option("--idle-timeout", idle_seconds, "Between two pieces of a reply (60)", "SECONDS")
      ->check(CLI::Range(0.001, 86400.0));
  option("--total-timeout", total_seconds, "For a whole reply (600); 0 is no limit", "SECONDS")
      ->check(CLI::Range(0.0, 86400.0));
  option("--max-reply-size", reply_bytes, "Largest reply taken (2GiB)", "SIZE")
      ->transform(CLI::AsSizeValue(false));
}

bool FetchOptions::given() const {
  return !targets.empty() || !admin_urls.empty() || !selector.empty() || all_namespaces;
}

fetch::Limits FetchOptions::limits() const {
  return {to_time(connect_seconds), to_time(idle_seconds), to_time(total_seconds), reply_bytes};
}

Result<Proxies> FetchOptions::find() const {
  Proxies proxies;
  for (const std::string& url : admin_urls) {
    XDSCOPE_TRY_ASSIGN(auto address, fetch::parse_admin_url(url));
    std::string name = address.text();
    proxies.sources.push_back({std::move(name), std::move(address)});
  }
  std::vector<fetch::Target> named;
  for (const std::string& text : targets) {
    XDSCOPE_TRY_ASSIGN(auto target, fetch::parse_target(text, kubectl.namespace_));
    named.push_back(std::move(target));
  }
  const bool has_selection = !selector.empty() || all_namespaces;
  if (named.empty() && !has_selection) return proxies;

  XDSCOPE_TRY_ASSIGN(proxies.kubectl, fetch::Kubectl::find(kubectl));
  const fetch::PodOptions options{admin_port == 0 ? std::nullopt : std::optional<int>(admin_port),
                                  selector, all_namespaces};
  for (const fetch::Target& target : named) {
    auto pod = fetch::find_pod(*proxies.kubectl, target, options, limits());
    if (pod) {
      std::string name = pod->text();
      proxies.sources.push_back({std::move(name), std::move(*pod)});
    } else {
      proxies.failed.push_back(naming(std::move(pod.error()), target.text()));
    }
  }
  if (has_selection) {
    XDSCOPE_TRY_ASSIGN(auto found, fetch::find_pods(*proxies.kubectl, options, limits()));
    std::ranges::move(found.failed, std::back_inserter(proxies.failed));
    for (fetch::Pod& pod : found.pods) {
      std::string name = pod.text();
      proxies.sources.push_back({std::move(name), std::move(pod)});
    }
  }
  return proxies;
}

Result<void> FetchOptions::collect(
    const std::vector<fetch::Question>& questions,
    const std::function<Result<void>(const fetch::Source&, fetch::Collected)>& use) const {
  const fetch::SignalGuard guard;
  XDSCOPE_TRY_ASSIGN(Proxies proxies, find());
  std::vector<Error> failed = std::move(proxies.failed);
  std::size_t fetched = 0;
  {
    Progress progress(proxies.sources.size());
    fetch::collect_all(proxies.sources, proxies.kubectl ? &*proxies.kubectl : nullptr, questions,
                       limits(), jobs, [&](std::size_t index, Result<fetch::Collected> result) {
                         const fetch::Source& source = proxies.sources[index];
                         Result<void> used =
                             result ? use(source, std::move(*result))
                                    : Result<void>(std::unexpected(std::move(result.error())));
                         if (used) {
                           ++fetched;
                         } else {
                           failed.push_back(naming(std::move(used.error()), source.name));
                         }
                         progress.add(!used);
                       });
  }
  return conclude(std::move(failed), fetched);
}

}  // namespace xdscope::cli
