using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Admin;

/// <summary>Refuses settings that cannot work, or that say nothing of who may come, when the application starts.</summary>
[OptionsValidator]
internal sealed partial class SocketIOAdminOptionsValidator : IValidateOptions<SocketIOAdminOptions>;
