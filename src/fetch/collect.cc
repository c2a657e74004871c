#include "fetch/collect.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "base/try.h"

namespace xdscope::fetch {
namespace {

Question masked(std::string_view fields, std::string_view file) {
  return {.path = "/config_dump?mask=" + std::string(fields), .file = std::string(file)};
}

// Istio's masks (istioctl proxy-config), and for endpoints what ?include_eds adds.
Question question_of(Part part) {
  switch (part) {
    case Part::kBootstrap:
      return masked("bootstrap", "bootstrap.json");
    case Part::kClusters:
      return masked("dynamic_active_clusters,dynamic_warming_clusters,static_clusters",
                    "config_dump_clusters.json");
    case Part::kListeners:
      return masked("dynamic_listeners,static_listeners", "config_dump_listeners.json");
    case Part::kRoutes:
      return masked("dynamic_route_configs,static_route_configs", "config_dump_routes.json");
    case Part::kEndpoints:
      return {
          .path = "/config_dump?include_eds&mask=dynamic_endpoint_configs,static_endpoint_configs",
          .file = "config_dump_endpoints.json"};
    case Part::kSecrets:
      return masked("dynamic_active_secrets,dynamic_warming_secrets,static_secrets",
                    "config_dump_secrets.json");
    case Part::kEcds:
      return masked("ecds_filters", "config_dump_ecds.json");
  }
  return {};
}

Result<void> ask(Session& session, const Question& question, Collected& collected) {
  auto body = session.ask(Method::kGet, question.path, Expect::kJson);
  if (body) {
    collected.replies.push_back({question.path, question.file, std::move(*body)});
    return {};
  }
  if (!was_answered(body.error())) return std::unexpected(std::move(body.error()));
  // The first refusal says more than those of what is tried instead, unless some of that works.
  Collected instead;
  for (const Question& other : question.otherwise) {
    if (auto asked = ask(session, other, instead); !asked) {
      instead.missing.push_back(std::move(asked.error()));
    }
  }
  if (instead.replies.empty()) return std::unexpected(std::move(body.error()));
  std::ranges::move(instead.replies, std::back_inserter(collected.replies));
  std::ranges::move(instead.missing, std::back_inserter(collected.missing));
  return {};
}

}  // namespace

Question whole_dump() {
  Question question{
      .path = "/config_dump?include_eds", .file = "config_dump.json", .required = true};
  for (const Part part : {Part::kBootstrap, Part::kClusters, Part::kListeners, Part::kRoutes,
                          Part::kEndpoints, Part::kSecrets, Part::kEcds}) {
    question.otherwise.push_back(question_of(part));
  }
  return question;
}

Question dump_of(Part part) {
  Question question = question_of(part);
  question.required = true;
  question.otherwise = {{.path = "/config_dump?include_eds", .file = "config_dump.json"}};
  return question;
}

Question cluster_status() { return {.path = "/clusters?format=json", .file = "clusters.json"}; }

std::vector<Question> everything() {
  return {whole_dump(),
          cluster_status(),
          {.path = "/listeners?format=json", .file = "listeners.json"},
          {.path = "/certs", .file = "certs.json"},
          {.path = "/server_info", .file = "server_info.json"},
          {.path = "/stats?format=json", .file = "stats.json"}};
}

Result<Collected> collect(const Source& source, const Kubectl* kubectl,
                          const std::vector<Question>& questions, const Limits& limits) {
  Result<Session> session =
      std::holds_alternative<Pod>(source.at)
          ? Session::to_pod(*kubectl, std::get<Pod>(source.at), limits)
          : Result<Session>(Session::to_address(std::get<AdminAddress>(source.at), limits));
  if (!session) return std::unexpected(std::move(session.error()));
  Collected collected;
  collected.way = session->way();
  for (const Question& question : questions) {
    auto asked = ask(*session, question, collected);
    if (asked) continue;
    if (question.required) return std::unexpected(std::move(asked.error()));
    collected.missing.push_back(std::move(asked.error()));
  }
  if (collected.replies.empty() && !collected.missing.empty()) {
    return std::unexpected(std::move(collected.missing.front()));
  }
  return collected;
}

namespace {

// Memory may end while a large reply is taken; the other proxies go on.
Result<Collected> collect_or_fail(const Source& source, const Kubectl* kubectl,
                                  const std::vector<Question>& questions, const Limits& limits) {
  try {
    return collect(source, kubectl, questions, limits);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kFetch, "not enough memory", source.name);
  }
}

}  // namespace

void collect_all(const std::vector<Source>& sources, const Kubectl* kubectl,
                 const std::vector<Question>& questions, const Limits& limits, std::size_t jobs,
                 const std::function<void(std::size_t index, Result<Collected> result)>& done) {
  std::atomic<std::size_t> next{0};
  std::mutex done_mutex;
  const auto work = [&] {
    for (std::size_t index = next++; index < sources.size(); index = next++) {
      Result<Collected> result = collect_or_fail(sources[index], kubectl, questions, limits);
      const std::lock_guard lock(done_mutex);
      done(index, std::move(result));
    }
  };
  std::vector<std::jthread> workers;
  const std::size_t count =
      std::clamp<std::size_t>(jobs, 1, std::max<std::size_t>(1, sources.size()));
  for (std::size_t i = 1; i < count; ++i) workers.emplace_back(work);
  work();
}

}  // namespace xdscope::fetch
