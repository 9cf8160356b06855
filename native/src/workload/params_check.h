#pragma once

#include "ring/features.h"
#include "workload/workload_params.generated.h"

namespace ringlens {

/** Range of one value; throws EINVALIDPARAM with the value's path. `index` is that of kWorkloadParams. */
void checkParamRange(unsigned index, double value);

/** What must hold between the parameters (the same rules as checkParams of workload-params.ts). Throws
 * EINVALIDPARAM. */
void checkParamsTogether(const WorkloadParams& params);

/** Throws EUNSUPPORTED, with one sentence, for the first thing that the running kernel lacks. */
void checkSupported(const WorkloadParams& params, const RingFeatures& features);

/** True when the change from one set to the other needs a new ring. */
bool needsNewRing(const WorkloadParams& from, const WorkloadParams& to);

}  // namespace ringlens
