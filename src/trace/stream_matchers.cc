#include "trace/stream_matchers.h"

#include "trace/metadata.h"

namespace xdscope::trace {
namespace {

Verdict match_certificate(json::Value wanted, const ResolveOptions& options,
                          std::optional<bool> known) {
  const auto expected = wanted.boolean();
  if (!expected) return Verdict::kYes;
  if (options.downstream_tls == false) known = false;
  return known ? verdict(*known == *expected) : Verdict::kUnknown;
}

}  // namespace

Verdict match_tls_context(json::Value criteria, const ResolveOptions& options) {
  return std::min(
      match_certificate(criteria["presented"], options, options.client_certificate_presented),
      match_certificate(criteria["validated"], options, options.client_certificate_validated));
}

Verdict match_dynamic_metadata(json::Value matcher, const ResolveOptions& options) {
  if (options.dynamic_metadata == nullptr) return Verdict::kUnknown;
  return match_metadata(matcher, *options.dynamic_metadata);
}

Verdict match_filter_state(json::Value, const ResolveOptions& options) {
  return options.filter_state_empty ? Verdict::kNo : Verdict::kUnknown;
}

}  // namespace xdscope::trace
