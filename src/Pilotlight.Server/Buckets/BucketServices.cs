using Pilotlight.Authorization;
using Pilotlight.Targets;

namespace Pilotlight.Buckets;

/// <summary>What the operations of this slice work with.</summary>
sealed record BucketServices(BucketStore Store, BodyIntake Intake, Authorizer Authorizer, TargetDispatcher Targets, LifecycleSignal Lifecycle, TimeProvider Time);
