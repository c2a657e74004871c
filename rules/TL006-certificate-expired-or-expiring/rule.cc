#include <fmt/format.h>

#include <set>

#include "base/certificate.h"
#include "base/time.h"
#include "rules/rule.h"
#include "rules/support/dump_time.h"

namespace xdscope::rules {
namespace {

struct Found {
  std::string serial;
  std::string subject;  // a name of it, or what holds it
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;
  bool workload = false;
  json::Value at;
};

// Certificates in PEM, as a secret has them; the first one counts.
void add_secret(const Resource& secret, std::vector<Found>& out) {
  const json::Value chain = secret.body["tls_certificate"]["certificate_chain"];
  const json::Value ca = secret.body["validation_context"]["trusted_ca"];
  for (const json::Value source : {chain, ca}) {
    std::string pem(source["inline_string"].text());
    if (pem.empty()) {
      const auto decoded = decode_base64(source["inline_bytes"].text());
      if (decoded) pem = *decoded;
    }
    const auto certificate = parse_certificate(pem);
    if (!certificate) continue;
    const bool workload =
        !certificate->uris.empty() && certificate->uris.front().starts_with("spiffe://");
    const std::string subject =
        workload ? certificate->uris.front() : fmt::format("secret {}", secret.name);
    out.push_back({certificate->serial, subject, certificate->not_before, certificate->not_after,
                   workload, source});
  }
}

void add_reply(json::Value certificates, std::vector<Found>& out) {
  for (const json::Value entry : certificates.elements()) {
    for (const json::Value list : {entry["cert_chain"], entry["ca_cert"]}) {
      for (const json::Value item : list.elements()) {
        const auto time = parse_time(item["expiration_time"].text());
        if (!time) continue;
        Found found{std::string(item["serial_number"].text()),
                    "",
                    parse_time(item["valid_from"].text()).value_or(0),
                    *time,
                    false,
                    item};
        for (const json::Value name : item["subject_alt_names"].elements()) {
          const std::string_view uri = name["uri"].text();
          found.subject = uri.empty() ? name["dns"].text() : uri;
          found.workload = uri.starts_with("spiffe://");
          if (!found.subject.empty()) break;
        }
        if (found.subject.empty()) found.subject = "serial number " + found.serial;
        out.push_back(std::move(found));
      }
    }
  }
}

// Certificates that live for days are renewed by themselves. Where the dump tells of nothing within
// a whole lifetime before today, it is probably older than they were, and they were good.
bool may_have_been_renewed(const Found& found, std::int64_t taken, std::int64_t now) {
  constexpr std::int64_t kShort = 7LL * 86400;
  const std::int64_t lifetime = found.not_after - found.not_before;
  return lifetime <= kShort && taken != 0 && taken < found.not_after && now - taken > lifetime;
}

std::string message_for(const Found& found, double days, bool renewed) {
  const std::string until = format_time(found.not_after);
  if (renewed) {
    return fmt::format(
        "The certificate of {} was good until {}: it is no longer rotated, or the "
        "dump is older than that",
        found.subject, until);
  }
  if (days <= 0) return fmt::format("The certificate of {} expired on {}", found.subject, until);
  return fmt::format("The certificate of {} expires in {:.1f} days, on {}", found.subject, days,
                     until);
}

}  // namespace

void check_tl006(const RuleContext& context, Reporter& report) {
  std::vector<Found> all;
  for (const Resource& secret : context.resources(Section::kSecrets)) {
    if (secret.serves()) add_secret(secret, all);
  }
  add_reply(context.certificates(), all);
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(context.now().time_since_epoch()).count();
  const std::int64_t taken = dump_time(context);
  // Serial numbers are each authority's own: many made by hand are 0 or 1.
  std::set<std::pair<std::string, std::int64_t>> seen;
  for (const Found& found : all) {
    const double days = static_cast<double>(found.not_after - now) / 86400;
    const double limit = context.number(found.workload ? "workload_warn_days" : "warn_days");
    if (days > limit || !seen.emplace(found.serial, found.not_after).second) continue;
    const bool renewed = days <= 0 && may_have_been_renewed(found, taken, now);
    report.add({.object = fmt::format("certificate of {}", found.subject),
                .at = found.at,
                .message = message_for(found, days, renewed),
                .severity = days <= 0 && !renewed ? Severity::kError : Severity::kWarning});
  }
}

}  // namespace xdscope::rules
