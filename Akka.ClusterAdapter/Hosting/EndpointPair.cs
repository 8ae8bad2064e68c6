using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// The endpoint of the server and that of the client's files, for conventions that are meant for both. Only the server's endpoint gets a name: two endpoints of
/// one name break every link by name in the application.
/// </summary>
internal sealed class EndpointPair : IEndpointConventionBuilder
{
    private readonly IEndpointConventionBuilder _server;
    private readonly IEndpointConventionBuilder _files;

    public EndpointPair(IEndpointConventionBuilder server, IEndpointConventionBuilder files)
    {
        (_server, _files) = (server, files);
        files.Finally(TakeName);
    }

    public void Add(Action<EndpointBuilder> convention)
    {
        _server.Add(convention);
        _files.Add(convention);
    }

    public void Finally(Action<EndpointBuilder> finallyConvention)
    {
        _server.Finally(finallyConvention);
        _files.Finally(finallyConvention);
        _files.Finally(TakeName);
    }

    private static void TakeName(EndpointBuilder built)
    {
        for (var i = built.Metadata.Count - 1; i >= 0; i--)
        {
            if (built.Metadata[i] is IEndpointNameMetadata or IRouteNameMetadata)
                built.Metadata.RemoveAt(i);
        }
    }
}
