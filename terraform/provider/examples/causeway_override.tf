resource "causeway_override" "power" {
  name   = "power-supply"
  kind   = "drain"
  site   = causeway_site.lon.name
  owner  = "ops@example.com"
  reason = "the power supply is exchanged"
  for    = "30m"
}
