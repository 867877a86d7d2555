resource "causeway_service" "web" {
  name      = "web"
  vips      = ["192.0.2.10", "2001:db8::10"]
  ports     = ["80/tcp", "443/tcp"]
  selector  = { app = "web" }
  sites     = [causeway_site.fra.name]
  placement = { policy = "local" }

  health = {
    type   = "http"
    path   = "/healthz"
    expect = ["200-399"]
    ports  = { "443/tcp" = { type = "https", tls = { server_name = "web.example.com", verify = true } } }
  }
}
