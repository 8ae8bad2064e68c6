using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Primary;

/// <summary>Refuses settings that cannot work when the primary starts.</summary>
[OptionsValidator]
internal sealed partial class PrimaryOptionsValidator : IValidateOptions<PrimaryOptions>;
