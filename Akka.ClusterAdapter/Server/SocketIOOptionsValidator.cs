using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Server;

/// <summary>Refuses settings that cannot work when the application starts.</summary>
[OptionsValidator]
internal sealed partial class SocketIOOptionsValidator : IValidateOptions<SocketIOOptions>;
