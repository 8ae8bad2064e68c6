using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Engine;

/// <summary>Checks <see cref="EngineOptions"/>; its body is generated from the attributes there.</summary>
[OptionsValidator]
internal sealed partial class EngineOptionsValidator : IValidateOptions<EngineOptions>;
