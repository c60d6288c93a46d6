import Net2Net
